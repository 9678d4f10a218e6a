import { adapterHosts } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import type { Io } from '../io.ts';
import { Background } from './background.ts';
import { keepBounded } from './bound-log.ts';
import type { OpenSetting } from './setting.ts';

/**
 * Runs the servers that the adapters need on a machine that plays the whole cluster, as the one
 * process that does. When the signal fires all that they run is ended, in order; where it has fired
 * already, only what is left of one that was killed.
 *
 * @throws what {@link takeMachine} throws.
 */
export async function playMachine(
  setting: OpenSetting,
  io: Io,
  signal: AbortSignal,
): Promise<void> {
  const play = await takeMachine(setting, io);
  await play(signal);
}

/**
 * Makes this process the one that plays the machine; what it gives back plays it.
 *
 * @throws `FAILED_PRECONDITION` - another process does, or no adapter needs a server.
 */
export async function takeMachine(
  setting: OpenSetting,
  io: Io,
): Promise<(signal: AbortSignal) => Promise<void>> {
  const hosts = adapterHosts(setting);
  if (hosts.length === 0) {
    throw new FireCampError(
      'FAILED_PRECONDITION',
      'no adapter of this cluster needs a server here; run: firecamp serve',
      { operation: 'firecamp host' },
    );
  }
  const background = new Background(setting.state.folder, io);
  await background.become();
  return async (signal) => {
    // One that fails ends the others in order: half a machine is worse than none.
    const failed = new AbortController();
    const over = AbortSignal.any([signal, failed.signal]);
    const runs = hosts.map(async ({ name, host }) => {
      try {
        await host.run(over);
      } catch (cause) {
        failed.abort();
        throw cause;
      } finally {
        io.err(`firecamp: ${name} has ended`);
      }
    });
    const bounded = keepBounded(background.logFile, setting.clock, over);
    const [broken] = (await Promise.allSettled(runs)).filter(({ status }) => status === 'rejected');
    // Here nothing is left to fail: it ends the look at the log.
    failed.abort();
    await bounded;
    if (broken?.status === 'rejected') throw broken.reason;
    await background.leave();
  };
}
