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
import { type Benchmark, cpuMsOf, type Figure, type Row } from './harness.ts';
import { StandingClock } from './members/standing-clock.ts';
import { StandingRecords } from './members/standing-records.ts';

const SIZES = [10, 100, 1_000] as const;
/** As many looks at one member whatever the size, so that each measure lasts about as long. */
const LOOKS = 60_000;
const WARM_UP_ROUNDS = 50;
const PARSED = 1_000;
/** At least so many in all that are watched when a heap is measured, by so many managers at most. */
const HEAP_MEMBERS = 1_000;
const HEAP_MANAGERS_MAX = 20;

/**
 * The largest part of a member's cost at 10 members: a member carries the beat of a node, which is a
 * record as its own is, and a tenth of what a manager does without members, which is less than
 * looking at ten of them. So it costs at most three times what it costs where nodes are full.
 */
const FEW_RATIO_MAX = 3;
const HEAP_BYTES_MAX = 4_096;

/** What a manager costs that watches members with whom all is well. */
export const benchmark: Benchmark = {
  name: 'members',
  async run(): Promise<readonly Row[]> {
    // Whatever is compiled and made only once is left out of all that follows.
    await costOf(SIZES[0]);
    const empty = await heapOf(0);
    const costs = new Map<number, Cost>();
    for (const size of SIZES) costs.set(size, await costOf(size));
    const cost = (size: number): Cost => costs.get(size) ?? { cpuMs: Number.NaN, heap: Number.NaN };
    const parsed = parsedRecordBytes();
    return [
      {
        ...cpuFigure(1_000, cost),
        bound: { of: 'ratio', is: 'at most', limit: 1.1 },
        note: 'over records that stand: the cost of listing them in a database is left out',
      },
      {
        ...cpuFigure(10, cost),
        bound: { of: 'ratio', is: 'at most', limit: FEW_RATIO_MAX },
        note: 'all ten nodes beat, each with one member',
      },
      ...SIZES.map(
        (size) =>
          ({
            what: `heap of the manager per member at ${size} members`,
            value: cost(size).heap / size,
            unit: 'bytes',
            baseline: { what: "a member's record that was read", value: parsed },
            // The manager itself is in it, which few members carry together.
            bound: { of: 'value', is: 'at most', limit: Math.round(HEAP_BYTES_MAX + empty / size) },
            note: `without any member it needs ${(empty / 1_024).toFixed(0)} KiB, which the bound adds`,
          }) as const,
      ),
    ];
  },
};

function cpuFigure(
  size: number,
  cost: (size: number) => Cost,
): Pick<Figure, 'what' | 'value' | 'unit' | 'baseline'> {
  return {
    what: `CPU per member and beat interval at ${size} members`,
    value: 1_000 * cost(size).cpuMs,
    unit: 'us',
    baseline: { what: 'at 100', value: 1_000 * cost(100).cpuMs },
  };
}

interface Cost {
  /** CPU time per member and beat interval. */
  readonly cpuMs: number;
  /** Of one manager with all its members, in bytes. */
  readonly heap: number;
}

/** The loops of a manager: operations, beats, members, units, fences, history. */
const LOOPS = 6;

async function costOf(members: number): Promise<Cost> {
  return { cpuMs: await cpuOf(members), heap: await heapOf(members) };
}

async function cpuOf(members: number): Promise<number> {
  const watched = await watch(new StandingRecords(members));
  const looks = Math.ceil(LOOKS / members);
  const cpuMs = await cpuMsOf(() => watched.rounds(looks));
  await watched.end();
  return cpuMs / (looks * members);
}

/** Of so many managers at once that what else comes and goes in the heap counts for little. */
async function heapOf(members: number): Promise<number> {
  const count = Math.ceil(HEAP_MEMBERS / Math.max(members, HEAP_MEMBERS / HEAP_MANAGERS_MAX));
  const records = Array.from({ length: count }, () => new StandingRecords(members));
  const before = heapBytes();
  const watched: Watched[] = [];
  for (const one of records) watched.push(await watch(one));
  const heap = (heapBytes() - before) / count;
  for (const one of watched) await one.end();
  return heap;
}

interface Watched {
  readonly rounds: (count: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

/** A manager that has seen all of it often. */
async function watch(records: StandingRecords): Promise<Watched> {
  const clock = new StandingClock();
  const said: string[] = [];
  const ending = new AbortController();
  const manager = managerOf(records, clock, (text) => said.push(text));
  const running = manager.run(ending.signal);
  await clock.pass(0, LOOPS);
  await rounds(records, clock, WARM_UP_ROUNDS);
  return {
    rounds: (count) => rounds(records, clock, count),
    end: async () => {
      ending.abort();
      await running;
      // A manager that acts or complains does other work than watching.
      if (said.length > 0 || records.wishes > 0) throw new Error(`all was not well: ${said[0]}`);
    },
  };
}

/** What one member's record takes when it was read, without anybody who looks after it. */
function parsedRecordBytes(): number {
  const texts = new StandingRecords(PARSED).memberTexts();
  const before = heapBytes();
  const parsed: readonly unknown[] = texts.map((text) => JSON.parse(text));
  const bytes = heapBytes() - before;
  return bytes / parsed.length;
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
