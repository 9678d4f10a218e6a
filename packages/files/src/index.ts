export {
  directWire,
  FileCalls,
  type FileRequest,
  type FileWire,
  type Purpose,
  untilDone,
} from './calls.ts';
export { closedFolder } from './closed-folder.ts';
export { createFile, onceMade, replaceFile, syncFolder } from './durable.ts';
export { errno, fromErrno, orAbsent } from './errno.ts';
export { hidingOption } from './hidden-processes.ts';
export { makeFolder } from './make-folder.ts';
export { networkFilesystemOf } from './network-filesystem.ts';
export {
  ownProcess,
  type ProcessName,
  processStarted,
  provablyEnded,
  requireAllProcesses,
  requireLinux,
} from './process-name.ts';
export { RecordFolder, type Stored } from './record-folder.ts';
export { FileRegister, type Version } from './register.ts';
export { Scratch } from './scratch.ts';
export { copyTree, syncTree } from './tree-copy.ts';
export { removeTree } from './tree-remove.ts';
