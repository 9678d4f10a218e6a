export { createFile, replaceFile, syncFolder } from './durable.ts';
export { effect, refuseAborted } from './effect.ts';
export { errno, fromErrno, orAbsent } from './errno.ts';
export { ownProcess, type ProcessName, provablyEnded, requireLinux } from './process-name.ts';
export { FileRegister, type Version } from './register.ts';
export { Scratch } from './scratch.ts';
export { copyTree, syncTree } from './tree-copy.ts';
export { removeTree } from './tree-remove.ts';
