import {
  calmScenario,
  embeddedWorld,
  type RunResult,
  runScenario,
  type Scenario,
  type UserOperation,
} from '@firecamp/core/simulation';
import { drain } from '../../tests/simulation/drain.ts';
import { productionPrograms } from '../../tests/simulation/programs.ts';
import { BackendCounter, type CallCounts, countedPrograms } from './counted-calls.ts';

const SEED = 1;
const MINUTE_MS = 60_000;
/** By then a service of ten members has long been created. */
const SETTLED_MS = 30_000;
const NODES = ['n1', 'n2', 'n3'];
const BEATS = 'Database.write beats';

/** What one quiet run is to do. */
interface Quiet {
  readonly operations: readonly UserOperation[];
  readonly lastsMs?: number;
  /** Loses its power when all is settled, and does not come back. */
  readonly lost?: string;
}

interface Counted {
  readonly counts: CallCounts;
  readonly result: RunResult;
}

/** Every operation whose calls are counted, by name. */
export async function countAll(): Promise<Readonly<Record<string, CallCounts>>> {
  const one = create(1, 'static');
  const created = await run({ operations: [one] });
  const byName = create(1, 'name');
  const createdByName = await run({ operations: [byName] });
  const restart: UserOperation = { ...at('restart'), kind: 'restart', ordinal: null };
  const remove: UserOperation = { ...at('delete'), kind: 'delete', deletion: 'wipe' };
  const beyond = async (base: Counted, quiet: Quiet): Promise<CallCounts> =>
    withoutBeats(less((await run(quiet)).counts, base.counts));
  const three = create(3, 'static');
  const minute = await run({ operations: [three], lastsMs: 2 * MINUTE_MS });
  const before = await run({ operations: [three] });
  return {
    'create of 3 members': withoutBeats(before.counts),
    'create of 10 members': withoutBeats(
      (await run({ operations: [create(10, 'static')] })).counts,
    ),
    'restart of one member on its node': await beyond(created, { operations: [one, restart] }),
    'failover of one member': await beyond(created, {
      operations: [one],
      lost: ownerNode(created),
    }),
    'failover of one member found by name': await beyond(createdByName, {
      operations: [byName],
      lost: ownerNode(createdByName),
    }),
    'delete of one member, with its data': await beyond(created, { operations: [one, remove] }),
    'idle minute of 3 nodes with 3 members': less(minute.counts, before.counts),
  };
}

function create(members: number, addressing: 'static' | 'name'): UserOperation {
  const wish = { members, volumes: 1, addressing, deletion: 'wipe' } as const;
  return { id: 'create', kind: 'create', atMs: 100, service: 'alpha', ...wish };
}

function at(id: string): { readonly id: string; readonly atMs: number; readonly service: string } {
  return { id, atMs: SETTLED_MS, service: 'alpha' };
}

/** Three nodes, one manager, no fault: the same calls each time. */
async function run({ operations, lastsMs = MINUTE_MS, lost }: Quiet): Promise<Counted> {
  const calm = calmScenario(SEED, { safetyMs: lastsMs, zoneBound: false });
  const counter = new BackendCounter();
  const scenario: Scenario = {
    ...calm,
    knobs: { ...calm.knobs, nodes: NODES.length, managers: 1, sticky: 1 },
    operations,
    nemesis:
      lost === undefined ? [] : [{ kind: 'kill', atMs: SETTLED_MS, forMs: lastsMs, target: lost }],
    core: NODES.filter((node) => node !== lost),
  };
  const programs = countedPrograms(productionPrograms(), counter);
  const result = await runScenario(scenario, { kind: embeddedWorld, programs, drain });
  if (result.violation !== null) throw result.violation;
  return { counts: counter.counts(), result };
}

/** The node whose agent took the one member's volume. */
function ownerNode({ result }: Counted): string {
  const found = result.places.find(
    ({ process, call, count }) =>
      process.startsWith('agent/') && call.endsWith('.acquire') && count > 0,
  );
  if (found === undefined) throw new Error('no node acquired the volume of the one member');
  return found.process.slice('agent/'.length);
}

/** What the one run has above the other, where both begin alike. */
function less(more: CallCounts, base: CallCounts): CallCounts {
  const names = [...new Set([...Object.keys(more), ...Object.keys(base)])].sort();
  const rest = names.map((name) => [name, (more[name] ?? 0) - (base[name] ?? 0)] as const);
  return Object.fromEntries(rest.filter(([, count]) => count !== 0));
}

/** Beats come with time, whatever is done: they are counted in the idle minute alone. */
function withoutBeats(counts: CallCounts): CallCounts {
  return Object.fromEntries(Object.entries(counts).filter(([name]) => name !== BEATS));
}
