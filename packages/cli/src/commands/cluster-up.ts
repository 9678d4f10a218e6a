import { systemRandom } from '@firecamp/compose';
import { FireCampError } from '@firecamp/core';
import { Background } from '../cluster/background.ts';
import { beatingNodes } from '../cluster/beating-nodes.ts';
import { holdNetwork } from '../cluster/network.ts';
import { openCluster } from '../cluster/open-cluster.ts';
import { openSetting } from '../cluster/setting.ts';
import { rememberConfiguration } from '../cluster/state.ts';
import { COMMAND, checkToken, readState } from '../cluster/state-file.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';

/** How long the nodes of one machine may take until all of them give signs of life. */
const NODES_MS_MAX = 60_000;
const POLL_MS = 50;

export const clusterUp: Command = {
  examples: [['firecamp up', 'starts the nodes, their agents and the manager in the background']],
  details:
    'A cluster that is up stays as it is; what was stopped or lost by a reboot is started again.',
  run: async (context) => {
    try {
      return await bringUp(context);
    } catch (error) {
      throw FireCampError.is(error, 'ABORTED') ? interrupted(error) : error;
    }
  },
};

async function bringUp(context: Context): Promise<number> {
  const { io } = context;
  const configuration = await context.configuration();
  const isNew = (await readState(configuration)) === null;
  const count = configuration.nodes.length;
  await using held = isNew ? await holdNetwork(count, () => systemRandom.next()) : null;
  const { state, clock } = await openSetting(configuration, io, { network: held?.network });
  // Such a node would be waited for in vain.
  for (const { name } of configuration.nodes) {
    await checkToken(state.folder, { kind: 'node', name });
  }
  await checkToken(state.folder, COMMAND);
  await rememberConfiguration(configuration);
  const background = new Background(state.folder, io);
  const wanted = configuration.nodes.map(({ name }) => name);
  const endMs = clock.monotonicMs() + NODES_MS_MAX;
  let shown = -1;
  let started = false;
  for (;;) {
    // One that was killed a moment ago may be gone only now.
    if ((await background.running()) === null) {
      if (started) throw await background.ended();
      await background.start(['host', '--config', context.path]);
      started = true;
    }
    const beating = await nodesThatBeat(context);
    const ready = wanted.filter((name) => beating.has(name)).length;
    if (ready !== shown) io.err(`${ready} of ${wanted.length} nodes give signs of life`);
    shown = ready;
    if (ready === wanted.length) break;
    if (clock.monotonicMs() > endMs) throw late(background);
    await clock.sleep(POLL_MS, io.signal);
  }
  context.print(
    { cluster: configuration.cluster, nodes: wanted },
    `${configuration.cluster} is up: ${wanted.length} nodes\nnext: ${await nextStep(context)}`,
  );
  return 0;
}

/** What a person will want to type. */
async function nextStep(context: Context): Promise<string> {
  const { items, unreadable } = await context.ask((manager) => manager.services());
  const [first, ...others] = items;
  if (unreadable.length > 0) return 'firecamp list';
  if (first === undefined) return 'firecamp create postgresql pg --members 3';
  return others.length === 0 ? `firecamp status ${first.name}` : 'firecamp list';
}

function interrupted(cause: FireCampError): FireCampError {
  return new FireCampError(
    'ABORTED',
    'interrupted; to go on: firecamp up; to end what was started: firecamp down',
    { operation: 'firecamp up', cause },
  );
}

async function nodesThatBeat(context: Context): Promise<ReadonlySet<string>> {
  try {
    await using cluster = await openCluster(await context.configuration(), context.io);
    if (!cluster.daemon) return new Set();
    return await beatingNodes(cluster.manager);
  } catch (error) {
    if (FireCampError.is(error, 'UNAVAILABLE')) return new Set();
    throw error;
  }
}

function late({ logFile }: Background): FireCampError {
  return new FireCampError(
    'UNAVAILABLE',
    `the nodes gave no sign of life within ${NODES_MS_MAX / 1000} s; see ${logFile}`,
    { operation: 'firecamp up' },
  );
}
