export {
  type ContainedProcess,
  type ProcessEnd,
  type ProcessSpec,
  startContained,
} from './process/contained-process.ts';
export {
  BASE_ENVIRONMENT,
  type Containment,
  probeContainment,
  type RunAs,
} from './process/containment.ts';
export {
  killTree,
  type Processes,
  pauseTree,
  resumeTree,
} from './process/signal-tree.ts';
export { isAlive, type ProcessId, type ProcessStat } from './process/stat.ts';
export { ProcessTree, type TreeMarks } from './process/tree.ts';
export { type PathUsers, usersOf } from './process/users.ts';
