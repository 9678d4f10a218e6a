import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type Clock,
  createManager,
  DEFAULT_TIMING,
  type Manager,
  type ManagerParts,
} from '@firecamp/core';
import {
  MemoryDisks,
  MemoryScheduler,
  MemoryVault,
  MemoryWire,
  memoryOrchestrator,
  memorySecrets,
  memoryVolumes,
} from '@firecamp/core/memory';
import { type Benchmark, cpuMsOf, type Row } from './harness.ts';
import { StandingClock } from './members/standing-clock.ts';
import { StandingRecords } from './members/standing-records.ts';

const SIZES = [10, 100, 1_000] as const;
/** As many looks at one member whatever the size, so that each measure lasts about as long. */
const LOOKS = 60_000;
const WARM_UP_ROUNDS = 50;

/** What a manager costs that watches members with whom all is well. */
export const benchmark: Benchmark = {
  name: 'members',
  async run(): Promise<readonly Row[]> {
    // Whatever is compiled and made only once is left out of all that follows.
    await costOf(SIZES[0]);
    const costs = new Map<number, Cost>();
    for (const size of SIZES) costs.set(size, await costOf(size));
    const cost = (size: number): Cost => costs.get(size) ?? { cpuMs: Number.NaN, heap: Number.NaN };
    const note = 'over records that stand: the cost of listing them in a database is left out';
    return [
      {
        what: 'CPU per member and beat interval at 1000 members',
        value: 1_000 * cost(1_000).cpuMs,
        unit: 'us',
        baseline: { what: 'at 100', value: 1_000 * cost(100).cpuMs },
        bound: { of: 'ratio', is: 'at most', limit: 1.1 },
        note,
      },
      {
        what: 'CPU per member and beat interval at 10 members, all nodes beating',
        value: 1_000 * cost(10).cpuMs,
        unit: 'us',
        baseline: { what: 'at 100', value: 1_000 * cost(100).cpuMs },
        bound: null,
        note: '',
      },
      ...SIZES.map((size) => ({
        what: `heap of the manager per member at ${size} members`,
        value: cost(size).heap,
        unit: 'bytes',
        baseline: null,
        bound: size === 1_000 ? ({ of: 'value', is: 'at most', limit: 4_096 } as const) : null,
        note: size === 10 ? 'what a manager needs without any member is in it' : '',
      })),
    ];
  },
};

interface Cost {
  /** Per member and beat interval. */
  readonly cpuMs: number;
  /** Bytes per member. */
  readonly heap: number;
}

/** The loops of a manager: operations, beats, members, units, fences, history. */
const LOOPS = 6;

async function costOf(members: number): Promise<Cost> {
  const records = new StandingRecords(members);
  const clock = new StandingClock();
  const said: string[] = [];
  const before = heapBytes();
  const ending = new AbortController();
  const manager = managerOf(records, clock, (text) => said.push(text));
  const running = manager.run(ending.signal);
  await clock.pass(0, LOOPS);
  await rounds(records, clock, WARM_UP_ROUNDS);
  const heap = (heapBytes() - before) / members;
  const looks = Math.ceil(LOOKS / members);
  const cpuMs = await cpuMsOf(() => rounds(records, clock, looks));
  ending.abort();
  await running;
  // A manager that acts or complains does other work than watching.
  if (said.length > 0 || records.wishes > 0) throw new Error(`all was not well: ${said[0]}`);
  return { cpuMs: cpuMs / (looks * members), heap };
}

/** Each is one beat interval: two looks at the beats, one at the members. */
async function rounds(
  records: StandingRecords,
  clock: StandingClock,
  count: number,
): Promise<void> {
  const { watchMs, beatMs } = DEFAULT_TIMING;
  for (let round = 0; round < count; round += 1) {
    records.beat();
    for (let ms = 0; ms < beatMs; ms += watchMs) await clock.pass(watchMs, LOOPS);
  }
}

function managerOf(
  records: StandingRecords,
  clock: Clock,
  onEvent: (text: string) => void,
): Manager {
  const random: ManagerParts['random'] = { next: () => 0.5, id: () => 'one' };
  const place = { node: null, boot: null, stateFolder: '/' };
  const context = { cluster: 'bench', clock, random, ...place };
  const wire = new MemoryWire(clock);
  const volumes = memoryVolumes.control?.({ backend: new MemoryDisks(wire) }, context);
  const scheduler = new MemoryScheduler(wire, clock);
  const orchestrator = memoryOrchestrator.control?.({ backend: scheduler }, context);
  const secrets = memorySecrets.control?.({ backend: new MemoryVault(wire) }, context);
  if (!(volumes && orchestrator && secrets)) throw new TypeError('memory has all halves');
  return createManager({
    ...{ id: 'm1', cluster: 'bench', domain: null, names: null, addresses: null, fencers: [] },
    ...{ database: records.database(), volumes, orchestrator, secrets },
    catalog: { recipes: [], parse: () => ({}), wanted: nothingWanted },
    ...{ clock, random, timing: DEFAULT_TIMING, events: ({ text }) => onEvent(text) },
  });
}

function nothingWanted(): never {
  throw new Error('there is no service here');
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
