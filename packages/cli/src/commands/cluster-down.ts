import { rm } from 'node:fs/promises';
import type { Configuration } from '@firecamp/compose';
import { Background } from '../cluster/background.ts';
import { readState } from '../cluster/state-file.ts';
import type { Command } from '../command.ts';
import type { Io } from '../io.ts';

export const clusterDown: Command = {
  examples: [['firecamp down', 'ends members, agents, nodes and manager; all data stays']],
  details: 'Services keep what they are wanted to be: `firecamp up` starts them again.',
  run: async (context) => {
    const configuration = await context.configuration();
    const state = await readState(configuration);
    const background = state === null ? null : new Background(state.folder, context.io);
    const running = (await background?.running()) ?? null;
    await background?.stop();
    const killed = (await background?.killed()) ?? false;
    if (killed) await endWhatIsLeft(configuration, context.io);
    const ran = running !== null || killed;
    // Sockets, and nothing else: where the path is too long they are far from the rest.
    if (state !== null) await rm(state.runFolder, { recursive: true, force: true });
    const { cluster } = configuration;
    context.print({ cluster, ran }, ran ? `${cluster} is down` : `${cluster} was not up`);
    return 0;
  },
};

/** Nodes and members run on without the process that was killed. */
async function endWhatIsLeft(configuration: Configuration, io: Io): Promise<void> {
  const { openSetting } = await import('../cluster/setting.ts');
  const { playMachine } = await import('../cluster/play-machine.ts');
  await playMachine(await openSetting(configuration, io), io, AbortSignal.abort());
}
