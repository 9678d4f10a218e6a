export { runCli } from './cli.ts';
export { type ClusterHooks, type RunningCluster, startCluster } from './cluster/start-cluster.ts';
export { COMMANDS, type CommandEntry } from './commands.ts';
export { EXIT_INTERRUPTED, exitCodeOf } from './exit-code.ts';
export type { Io } from './io.ts';
