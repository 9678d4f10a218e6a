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

/** A word under which several commands stand. */
export interface Group {
  readonly summary: string;
  readonly examples: Command['examples'];
}

export const GROUPS: Readonly<Record<string, Group>> = {
  nodes: {
    summary: 'Look at nodes, and do to them what befalls machines',
    examples: [
      ['firecamp nodes list', 'all nodes, their zones and their signs of life'],
      ['firecamp nodes kill node-1', 'as if its power were cut'],
    ],
  },
  volumes: {
    summary: "The members' volumes, and those that deleted services left",
    examples: [['firecamp volumes list', 'all of them']],
  },
  operations: {
    summary: 'Look at changes that were asked for, and go on with them',
    examples: [
      ['firecamp operations list', 'all changes that were asked for'],
      ['firecamp operations resume 7c9e', 'goes on with one that has stopped'],
    ],
  },
};

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Write a firecamp.yaml to begin with',
    load: async () => (await import('./commands/cluster-init.ts')).clusterInit,
  },
  {
    name: 'up',
    summary: 'Start the cluster on this machine',
    load: async () => (await import('./commands/cluster-up.ts')).clusterUp,
  },
  {
    name: 'down',
    summary: 'End all that runs of the cluster; data stays',
    load: async () => (await import('./commands/cluster-down.ts')).clusterDown,
  },
  {
    name: 'serve',
    summary: 'Run the manager',
    load: async () => (await import('./commands/cluster-serve.ts')).clusterServe,
  },
  {
    name: 'host',
    summary: 'Run what a machine that plays a whole cluster needs',
    hidden: true,
    load: async () => (await import('./commands/cluster-host.ts')).clusterHost,
  },
  {
    name: 'agent',
    summary: 'Run the agent of one node',
    load: async () => (await import('./commands/node-agent.ts')).nodeAgent,
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
    summary: 'Show what a member printed, or all of a service',
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
    name: 'connect',
    summary: 'Say how a client reaches a service',
    load: async () => (await import('./commands/service-connect.ts')).serviceConnect,
  },
  {
    name: 'dns',
    summary: "Ask the cluster's DNS server for a name",
    load: async () => (await import('./commands/dns-resolve.ts')).dnsResolve,
  },
  {
    name: 'adapters',
    summary: 'List the adapters and recipes of the cluster',
    load: async () => (await import('./commands/adapters-list.ts')).adaptersList,
  },
  {
    name: 'conformance',
    summary: 'Try the adapters of the cluster by the suites of their contracts',
    load: async () => (await import('./commands/adapters-conformance.ts')).adaptersConformance,
  },
  {
    name: 'volumes list',
    summary: 'List the volumes, those that deleted services left too',
    load: async () => (await import('./commands/volumes.ts')).volumesList,
  },
  {
    name: 'volumes remove',
    summary: 'Remove a volume that a deleted service left',
    load: async () => (await import('./commands/volumes.ts')).volumesRemove,
  },
  {
    name: 'nodes list',
    summary: 'List the nodes',
    load: async () => (await import('./commands/nodes-list.ts')).nodesList,
  },
  {
    name: 'nodes kill',
    summary: 'Cut the power of a node that this machine plays',
    load: async () => (await import('./commands/nodes-fault.ts')).nodesKill,
  },
  {
    name: 'nodes start',
    summary: 'Boot a node that was killed',
    load: async () => (await import('./commands/nodes-fault.ts')).nodesStart,
  },
  {
    name: 'nodes pause',
    summary: 'Freeze a node',
    load: async () => (await import('./commands/nodes-fault.ts')).nodesPause,
  },
  {
    name: 'nodes resume',
    summary: 'Let a frozen node go on',
    load: async () => (await import('./commands/nodes-fault.ts')).nodesResume,
  },
  {
    name: 'nodes partition',
    summary: 'Cut a node off from manager, database, names and other nodes',
    load: async () => (await import('./commands/nodes-fault.ts')).nodesPartition,
  },
  {
    name: 'nodes heal',
    summary: 'End a partition',
    load: async () => (await import('./commands/nodes-fault.ts')).nodesHeal,
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
