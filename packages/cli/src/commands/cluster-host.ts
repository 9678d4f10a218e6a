import { playMachine } from '../cluster/play-machine.ts';
import { openSetting } from '../cluster/setting.ts';
import type { Command } from '../command.ts';

export const clusterHost: Command = {
  examples: [['firecamp host', 'what `firecamp up` leaves running in the background']],
  details: 'Runs the servers that the adapters need on a machine that plays the whole cluster.',
  run: async (context) => {
    const { io } = context;
    const setting = await openSetting(await context.configuration(), io);
    await playMachine(setting, io, io.signal);
    return 0;
  },
};
