import { adapterHosts } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import { Background } from '../cluster/background.ts';
import { openSetting } from '../cluster/setting.ts';
import type { Command } from '../command.ts';

export const clusterHost: Command = {
  examples: [['firecamp host', 'what `firecamp up` leaves running in the background']],
  details: 'Runs the servers that the adapters need on a machine that plays the whole cluster.',
  run: async (context) => {
    const { io } = context;
    const setting = await openSetting(await context.configuration(), io);
    const hosts = adapterHosts(setting);
    if (hosts.length === 0) {
      throw new FireCampError(
        'FAILED_PRECONDITION',
        'no adapter of this cluster needs a server here; run: firecamp serve',
        { operation: 'firecamp host' },
      );
    }
    await new Background(setting.state.folder, io).become();
    // One that fails ends the others in order: half a machine is worse than none.
    const failed = new AbortController();
    const signal = AbortSignal.any([io.signal, failed.signal]);
    const runs = hosts.map(async ({ name, host }) => {
      try {
        await host.run(signal);
      } catch (cause) {
        failed.abort();
        throw cause;
      } finally {
        io.err(`firecamp: ${name} has ended`);
      }
    });
    const [broken] = (await Promise.allSettled(runs)).filter(({ status }) => status === 'rejected');
    if (broken?.status === 'rejected') throw broken.reason;
    return 0;
  },
};
