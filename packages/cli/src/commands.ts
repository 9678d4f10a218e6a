import type { Command } from './command.ts';

/** A command as the help of the whole lists it. */
export interface CommandEntry {
  /** One word, or a group and a word. */
  readonly name: string;
  readonly summary: string;
  /** For programs, not for people. */
  readonly hidden?: boolean;
  readonly load: () => Promise<Command>;
}

/** The words under which several commands stand. */
export const GROUPS: Readonly<Record<string, string>> = {
  nodes: 'Look at nodes, and do to them what machines do',
  operations: 'Look at changes that were asked for, and go on with them',
};

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Write a firecamp.yaml to begin with',
    load: async () => (await import('./commands/cluster-init.ts')).clusterInit,
  },
  {
    name: 'create',
    summary: 'Create a service',
    load: async () => (await import('./commands/service-create.ts')).serviceCreate,
  },
  {
    name: 'list',
    summary: 'List the services',
    load: async () => (await import('./commands/service-list.ts')).serviceList,
  },
  {
    name: 'status',
    summary: 'Show a service and its members',
    load: async () => (await import('./commands/service-status.ts')).serviceStatus,
  },
  {
    name: 'logs',
    summary: 'Show what a member printed',
    load: async () => (await import('./commands/service-logs.ts')).serviceLogs,
  },
  {
    name: 'restart',
    summary: 'Restart a service, or one member of it',
    load: async () => (await import('./commands/service-restart.ts')).serviceRestart,
  },
  {
    name: 'stop',
    summary: 'Stop a service and keep all that it has',
    load: async () => (await import('./commands/service-stop.ts')).serviceStop,
  },
  {
    name: 'start',
    summary: 'Start a stopped service',
    load: async () => (await import('./commands/service-start.ts')).serviceStart,
  },
  {
    name: 'delete',
    summary: 'Delete a service',
    load: async () => (await import('./commands/service-delete.ts')).serviceDelete,
  },
  {
    name: 'explain',
    summary: 'Say why a member is as it is, and what to do about it',
    load: async () => (await import('./commands/member-explain.ts')).memberExplain,
  },
  {
    name: 'fence',
    summary: 'Let another node take a member, once its owner cannot write',
    load: async () => (await import('./commands/member-fence.ts')).memberFence,
  },
  {
    name: 'nodes list',
    summary: 'List the nodes',
    load: async () => (await import('./commands/nodes-list.ts')).nodesList,
  },
  {
    name: 'operations list',
    summary: 'List the operations',
    load: async () => (await import('./commands/operations-list.ts')).operationsList,
  },
  {
    name: 'operations show',
    summary: 'Show an operation and its steps in flight',
    load: async () => (await import('./commands/operations-show.ts')).operationsShow,
  },
  {
    name: 'operations resume',
    summary: 'Go on with an operation that has stopped',
    load: async () => (await import('./commands/operations-resume.ts')).operationsResume,
  },
  {
    name: 'operations cancel',
    summary: 'Stop an operation after the steps in flight',
    load: async () => (await import('./commands/operations-cancel.ts')).operationsCancel,
  },
];
