import { rm } from 'node:fs/promises';
import { Background } from '../cluster/background.ts';
import { readState } from '../cluster/state-file.ts';
import type { Command } from '../command.ts';

export const clusterDown: Command = {
  examples: [['firecamp down', 'ends members, agents, nodes and manager; all data stays']],
  details: 'Services keep what they are wanted to be: `firecamp up` starts them again.',
  run: async (context) => {
    const configuration = await context.configuration();
    const state = await readState(configuration);
    const background = state === null ? null : new Background(state.folder, context.io);
    const ran = (await background?.running()) ?? null;
    await background?.stop();
    // Sockets, and nothing else: where the path is too long they are far from the rest.
    if (state !== null) await rm(state.runFolder, { recursive: true, force: true });
    const { cluster } = configuration;
    context.print(
      { cluster, ran: ran !== null },
      ran === null ? `${cluster} was not up` : `${cluster} is down`,
    );
    return 0;
  },
};
