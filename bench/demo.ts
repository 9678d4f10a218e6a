import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Account } from '../scripts/demo/account.ts';
import { type Connection, FireCamp } from '../scripts/demo/firecamp.ts';
import { makeFolder } from '../scripts/demo/make-folder.ts';
import { tellStory } from '../scripts/demo/story.ts';
import { idleRows, restingRow } from './demo/agents.ts';
import { copyFiles, copyFolder, runningServer, secondsByHand } from './demo/by-hand.ts';
import { type Benchmark, median, type Row } from './harness.ts';
import { MAIN, startRows, whyBusy } from './start-rows.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNS = 11;
const TIMES = 3;
/** As the demo itself has it. */
const SECONDS_WITHOUT_MAX = 3;
/**
 * Back by hand after 0.06 s. To that a move may add three looks of a manager (200 ms each: at the
 * node that ended, at the unit, at the member) before the same server starts: 0.66 s, so 11 times.
 */
const BY_HAND_RATIO_MAX = 11;

/** The demo, and what can only be measured where its cluster is. */
export const benchmark: Benchmark = {
  name: 'demo',
  async run(): Promise<readonly Row[]> {
    const folder = await makeFolder(ROOT);
    const cluster = new FireCamp(folder, process.env);
    try {
      await cluster.run(['init', '--name', 'bench', '--nodes', '3']);
      await cluster.run(['up']);
      const idle = await idleRows(folder);
      const outcome = await tellStory(cluster, new Account(() => {}), false);
      const busy = await whyBusy();
      const connection = await cluster.json<Connection>(['connect', 'pg', '--reveal']);
      const rows = [
        ...idle,
        ...(await startRows({
          what: 'firecamp status of a service of three members',
          command: [fileURLToPath(MAIN), 'status', 'pg'],
          cwd: folder,
          runs: RUNS,
          ratioMax: 2.5,
        })),
        await restingRow(folder),
      ];
      const server = runningServer(folder, '-0-data');
      const [files, data] = [join(folder, 'files-by-hand'), join(folder, 'data-by-hand')];
      copyFiles(server, files);
      // In order, so that the copy is what a server left that was stopped well.
      await cluster.run(['down']);
      copyFolder(server.data, data);
      const byHand = { ...server, files, data };
      const from = outcome.acknowledged;
      const seconds = median(await secondsByHand(byHand, connection, { from, times: TIMES }));
      return [...withoutService(outcome.secondsWithout, seconds, busy), ...rows];
    } finally {
      await cluster.run(['down']);
      rmSync(folder, { recursive: true });
    }
  },
};

/** The longest time without service by itself, and how many times what it takes by hand. */
function withoutService(demo: number, byHand: number, busy: string | null): readonly Row[] {
  const what = 'demo: seconds without service when a node with the primary is killed';
  const figures = `${demo.toFixed(2)} s, by hand ${byHand.toFixed(2)} s`;
  if (busy !== null) return [{ what, reason: `${figures}; ${busy}` }];
  const figure = {
    value: demo,
    unit: 's',
    baseline: { what: 'the same server killed and started again by hand', value: byHand },
    note: `one demo; by hand the median of ${TIMES}, on a copy of the data, at once when it has ended`,
  };
  return [
    { ...figure, what, bound: { of: 'value', is: 'at most', limit: SECONDS_WITHOUT_MAX } },
    {
      ...figure,
      what: 'demo: the same against a restart by hand',
      bound: { of: 'ratio', is: 'at most', limit: BY_HAND_RATIO_MAX },
    },
  ];
}
