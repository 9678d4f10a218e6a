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
export const GROUPS: Readonly<Record<string, string>> = {};

/** All commands, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'init',
    summary: 'Write a firecamp.yaml to begin with',
    load: async () => (await import('./commands/cluster-init.ts')).clusterInit,
  },
];
