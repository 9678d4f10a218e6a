import {
  awsWorld,
  calmScenario,
  embeddedWorld,
  type Programs,
  runScenario,
  type Scenario,
  swarmWorld,
  type UserOperation,
  type WorldKind,
} from '@firecamp/core/simulation';
import { drain } from '../../tests/simulation/drain.ts';
import { productionPrograms } from '../../tests/simulation/programs.ts';
import type { AllCounts, CallCounts } from './compare.ts';
import { countedWorld, type Request } from './counted-world.ts';
import { above, countOf, medianCounts, type Span, spanOf } from './span.ts';

/** Where and when something settles is drawn: the middle of so many runs is kept. */
const SEEDS = [1, 2, 3, 4, 5];
const MINUTE_MS = 60_000;
/** By then agents and managers beat, and the one service is not there yet. */
const ASKED_MS = 10_000;
/** By then a service of ten members has long been created. */
const SETTLED_MS = 40_000;
const LASTS_MS = 2 * MINUTE_MS;
const WORLDS: readonly WorldKind[] = [embeddedWorld, swarmWorld, awsWorld];

/** What one quiet run is to do. */
interface Quiet {
  readonly operations: readonly UserOperation[];
  /** Loses its power when all is settled, and does not come back. */
  readonly lost?: string;
}

type Requests = readonly Request[];
type Run = (quiet: Quiet) => Promise<Requests>;

/** Which requests are looked at. */
export type View = (requests: readonly Request[]) => readonly Request[];

/** The requests of every operation in every world, by `world: operation`. */
export async function countAll(view: View = (requests) => requests): Promise<AllCounts> {
  const counts: Record<string, CallCounts> = {};
  for (const kind of WORLDS) {
    const drawn: AllCounts[] = [];
    for (const seed of SEEDS) drawn.push(await countWorld((quiet) => run(kind, seed, quiet), view));
    for (const operation of Object.keys(drawn[0] ?? {})) {
      counts[`${kind.name}: ${operation}`] = medianCounts(drawn.map((one) => one[operation] ?? {}));
    }
  }
  return counts;
}

async function countWorld(run: Run, view: View): Promise<AllCounts> {
  const over = (more: Requests, base: Requests, { fromMs, toMs }: Span): CallCounts =>
    above(view(more), view(base), spanOf(more, fromMs, toMs));
  const asked = { fromMs: ASKED_MS, toMs: SETTLED_MS };
  const settled = { fromMs: SETTLED_MS, toMs: LASTS_MS };
  const idle = await run({ operations: [] });
  const three = await run({ operations: [create(3, 'static')] });
  const threeByName = await run({ operations: [create(3, 'name')] });
  const ten = await run({ operations: [create(10, 'static')] });
  const tenByName = await run({ operations: [create(10, 'name')] });
  const restarted = await run({ operations: [create(3, 'static'), restart()] });
  const removed = await run({ operations: [create(3, 'static'), remove()] });
  const failover = async (addressing: 'static' | 'name'): Promise<CallCounts> =>
    over(...(await lostAndKept(run, addressing)), settled);
  const minute = { fromMs: SETTLED_MS, toMs: SETTLED_MS + MINUTE_MS };
  return {
    'create of 3 members': over(three, idle, asked),
    'create of 3 members found by name': over(threeByName, idle, asked),
    'create of 10 members': over(ten, idle, asked),
    'create of 10 members found by name': over(tenByName, idle, asked),
    'restart of one member on its node': over(restarted, three, settled),
    'failover of one member': await failover('static'),
    'failover of one member found by name': await failover('name'),
    'delete of 3 members, with their data': over(removed, three, settled),
    'idle minute with 3 members': countOf(view(three), minute, 'with upkeep'),
  };
}

/** A run in which the owner of the one member is lost, and what all others ask for without that. */
async function lostAndKept(
  run: Run,
  addressing: 'static' | 'name',
): Promise<readonly [Requests, Requests]> {
  const operations = [create(1, addressing)];
  const kept = await run({ operations });
  const lost = ownerNode(kept);
  const others = kept.filter(({ process }) => process !== `agent/${lost}`);
  return [await run({ operations, lost }), others];
}

function create(members: number, addressing: 'static' | 'name'): UserOperation {
  const wish = { members, volumes: 1, addressing, deletion: 'wipe' } as const;
  return { id: 'create', kind: 'create', atMs: ASKED_MS, service: 'alpha', ...wish };
}

function restart(): UserOperation {
  return { id: 'restart', kind: 'restart', atMs: SETTLED_MS, service: 'alpha', ordinal: 0 };
}

function remove(): UserOperation {
  return { id: 'delete', kind: 'delete', atMs: SETTLED_MS, service: 'alpha', deletion: 'wipe' };
}

const runs = new Map<string, Promise<Requests>>();

/** The same requests each time: what was run once is not run again. */
function run(kind: WorldKind, seed: number, quiet: Quiet): Promise<Requests> {
  const key = JSON.stringify([kind.name, seed, quiet]);
  const found = runs.get(key) ?? runQuiet(kind, seed, quiet);
  runs.set(key, found);
  return found;
}

/** One manager, no fault, nothing by chance. */
async function runQuiet(
  kind: WorldKind,
  seed: number,
  { operations, lost }: Quiet,
): Promise<Requests> {
  const { zoneBound } = kind;
  const calm = calmScenario(seed, { safetyMs: LASTS_MS, zoneBound });
  const nodes = nodeNames(calm.knobs.nodes);
  const scenario: Scenario = {
    ...calm,
    knobs: { ...calm.knobs, managers: 1, sticky: 1, attachHangs: 0 },
    operations,
    nemesis:
      lost === undefined ? [] : [{ kind: 'kill', atMs: SETTLED_MS, forMs: LASTS_MS, target: lost }],
    core: nodes.filter((node) => node !== lost),
  };
  const requests: Request[] = [];
  const counted = countedWorld(kind, requests);
  const result = await runScenario(scenario, { kind: counted, programs: programs(), drain });
  if (result.violation !== null) throw result.violation;
  return requests;
}

/** As much history as in production: a simulated run keeps next to none. */
function programs(): Programs {
  const { agent, manager } = productionPrograms();
  return { agent, manager: ({ history: _simulated, ...parts }) => manager(parts) };
}

function nodeNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `n${index + 1}`);
}

/** The node whose agent took the one member's volume. */
function ownerNode(requests: readonly Request[]): string {
  const found = requests.find(({ name }) => name === 'node.mount');
  if (found === undefined) throw new Error('no node mounted the volume of the one member');
  return found.process.slice('agent/'.length);
}
