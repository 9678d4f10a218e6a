import { stopAfterMsMin, type Timing } from '../../model/timing.ts';
import { Stream } from '../kernel/chance.ts';
import type { FaultDecision } from '../network/fault.ts';
import type { Direction } from '../network/links.ts';
import { calmKnobs, drawKnobs, type Knobs } from '../worlds/knobs.ts';

/** What can go wrong with a machine or a process for a while. */
export type Harm =
  | {
      readonly kind:
        | 'kill'
        | 'pause'
        | 'sleep'
        | 'crash'
        | 'freeze-program'
        | 'exit-programs'
        | 'blind'
        /** Its kernel forgets every address that was given to it. */
        | 'lose-addresses';
    }
  | { readonly kind: 'partition'; readonly server: string; readonly ways: readonly Direction[] }
  /** The node's container engine ends; when it is back it keeps what runs, or ends it. */
  | { readonly kind: 'engine-crash'; readonly keeps: boolean }
  | { readonly kind: 'outage'; readonly server: string }
  /** Requests to that server take up to so much longer to get there. */
  | { readonly kind: 'lag'; readonly server: string; readonly byMs: number }
  /** Calls of that name to the node's kernel do not come back. */
  | { readonly kind: 'hang'; readonly call: string }
  | { readonly kind: 'clock-jump'; readonly byMs: number };

/** A harm at a time. */
export type NemesisEvent = Harm & {
  readonly atMs: number;
  /** How long it lasts; a state that ends at once could never be reached by others. */
  readonly forMs: number;
  /** A node or a manager. */
  readonly target: string;
};

/** What an ambush waits for: something that the protocol does with a member. */
export type Occasion = 'claimed' | 'mounted' | 'releasing' | 'idle';

/** A harm at the worst moment: right after something that a member goes through. */
export interface Ambush {
  readonly on: Occasion;
  /** Which occasion of that kind in the run, from 0. */
  readonly nth: number;
  /** The member's owner now, or the one before it. */
  readonly whom: 'owner' | 'former';
  readonly afterMs: number;
  readonly forMs: number;
  readonly harm: Harm;
}

/** What a person asks for. */
export type UserOperation = {
  /** Distinct in a scenario, so that leaving one out changes no other: `[a-z0-9-]+`. */
  readonly id: string;
  readonly atMs: number;
  /** The service's name. */
  readonly service: string;
} & (
  | {
      readonly kind: 'create';
      readonly members: number;
      readonly volumes: number;
      readonly addressing: 'static' | 'name';
      readonly deletion: 'retain' | 'wipe';
      /** Its isolation; left out, silence stops no member of it. */
      readonly stopAfterMs?: number;
    }
  | { readonly kind: 'stop' | 'start' }
  | { readonly kind: 'restart'; readonly ordinal: number | null }
  | { readonly kind: 'delete'; readonly deletion: 'retain' | 'wipe' | null }
  | { readonly kind: 'order'; readonly ordinal: number; readonly order: 'move' | 'fence' }
);

/** All that decides how a run goes: plain data, to be replayed and made smaller. */
export interface Scenario {
  readonly seed: number;
  readonly knobs: Knobs;
  /** How long things go wrong before everything must converge. */
  readonly safetyMs: number;
  readonly operations: readonly UserOperation[];
  readonly nemesis: readonly NemesisEvent[];
  readonly ambushes: readonly Ambush[];
  /** Null: by chance, at the rates of the knobs. A list: exactly these. */
  readonly faults: readonly FaultDecision[] | null;
  /** Which nodes are well at the end; null: drawn. */
  readonly core: readonly string[] | null;
}

/** How much of everything a kind of world is given. */
export interface ScenarioBounds {
  readonly safetyMs: number;
  readonly zoneBound: boolean;
  /** Whether container engines are programs of their own, which may crash; left out: no. */
  readonly enginesCrash?: boolean;
}

const EVENTS_MAX = 14;
/** In so many runs some service asks for isolation. */
const ISOLATION_CHANCE = 0.2;
/** The longest isolation of a run against the shortest that is allowed. */
const ISOLATION_TIMES_MAX = 3;
const SERVERS = ['*', '*', '*', 'database', 'orchestrator', 'volumes', 'names', 'addresses'];
const LAG_MS_MAX = 6_000;
const HOUR_MS = 3_600_000;

/** Everything by chance, from a seed. */
export function drawScenario(
  seed: number,
  { safetyMs, zoneBound, enginesCrash = false }: ScenarioBounds,
): Scenario {
  const knobs = drawKnobs(seed, zoneBound);
  return {
    seed,
    knobs,
    safetyMs,
    operations: withIsolation(
      [
        ...drawOperations(new Stream(seed, 'workload'), safetyMs),
        ...(knobs.lateUnits === undefined ? [] : drawToggles(seed, safetyMs)),
      ],
      new Stream(seed, 'isolation'),
      knobs.timing,
    ),
    nemesis: [
      ...drawNemesis(new Stream(seed, 'nemesis'), knobs, safetyMs),
      ...(enginesCrash ? drawEngineCrashes(seed, knobs, safetyMs) : []),
    ],
    ambushes: drawAmbushes(new Stream(seed, 'ambushes')),
    faults: null,
    core: null,
  };
}

/** A quiet run of all that users do: the base of the single-fault sweep. */
export function calmScenario(seed: number, { safetyMs, zoneBound }: ScenarioBounds): Scenario {
  return {
    seed,
    knobs: calmKnobs(zoneBound),
    safetyMs,
    operations: [
      create('alpha', 100, { members: 2, volumes: 1, addressing: 'static', deletion: 'wipe' }),
      create('beta', 200, { members: 1, volumes: 2, addressing: 'name', deletion: 'retain' }),
      {
        ...{ id: 'move', kind: 'order', atMs: 0.35 * safetyMs, service: 'alpha' },
        ...{ ordinal: 0, order: 'move' },
      },
      { id: 'restart', kind: 'restart', atMs: 0.5 * safetyMs, service: 'beta', ordinal: null },
      { id: 'delete', kind: 'delete', atMs: 0.75 * safetyMs, service: 'beta', deletion: null },
    ],
    nemesis: [
      { kind: 'kill', atMs: 0.6 * safetyMs, forMs: 0.1 * safetyMs, target: 'n1' },
      { kind: 'crash', atMs: 0.45 * safetyMs, forMs: 0, target: 'n2' },
    ],
    ambushes: [],
    faults: [],
    core: null,
  };
}

/** Of one service. */
export const MEMBERS_MAX = 3;

/** Keeps the kinds apart, which `Omit` alone would not. */
type Unnamed = UserOperation extends infer One
  ? One extends unknown
    ? Omit<One, 'id'>
    : never
  : never;
type Created = Omit<Extract<UserOperation, { kind: 'create' }>, 'id' | 'kind' | 'atMs' | 'service'>;

function create(service: string, atMs: number, what: Created): UserOperation {
  return { id: `create-${service}`, kind: 'create', atMs, service, ...what };
}

function drawOperations(stream: Stream, safetyMs: number): readonly UserOperation[] {
  const services = ['alpha', 'beta'];
  const drawn = services.map((service) =>
    create(service, stream.between(0, 2_000), {
      members: 1 + stream.below(MEMBERS_MAX),
      volumes: stream.below(3),
      addressing: stream.pick(['static', 'name']),
      deletion: stream.pick(['retain', 'wipe']),
    }),
  );
  const more = stream.below(7);
  for (let index = 0; index < more; index += 1) {
    const atMs = stream.between(0.15 * safetyMs, 0.95 * safetyMs);
    drawn.push({ id: `change-${index + 1}`, ...drawChange(stream, atMs, stream.pick(services)) });
  }
  return drawn.sort((a, b) => a.atMs - b.atMs);
}

/** Stops that are soon followed by starts, so that a late one finds another wish in place. */
function drawToggles(seed: number, safetyMs: number): readonly UserOperation[] {
  const stream = new Stream(seed, 'toggles');
  const service = stream.pick(['alpha', 'beta']);
  const atMs = stream.between(0.2 * safetyMs, 0.7 * safetyMs);
  const soonMs = atMs + stream.between(0.05 * safetyMs, 0.2 * safetyMs);
  return [
    { id: 'toggle-1', kind: 'stop', atMs, service },
    { id: 'toggle-2', kind: 'start', atMs: soonMs, service },
    { id: 'toggle-3', kind: 'restart', atMs: 0.8 * safetyMs, service, ordinal: null },
  ];
}

/** In some runs services ask for isolation, with chance of their own: all else stays as it is. */
function withIsolation(
  operations: readonly UserOperation[],
  stream: Stream,
  timing: Timing,
): readonly UserOperation[] {
  if (!stream.chance(ISOLATION_CHANCE)) return operations;
  const leastMs = stopAfterMsMin(timing);
  return operations.map((operation) => {
    const stopAfterMs = Math.ceil(leastMs * stream.between(1, ISOLATION_TIMES_MAX));
    return operation.kind === 'create' && stream.chance(0.7)
      ? { ...operation, stopAfterMs }
      : operation;
  });
}

function drawChange(stream: Stream, atMs: number, service: string): Unnamed {
  const kind = stream.pick(['stop', 'start', 'restart', 'order', 'order', 'order', 'delete']);
  const ordinal = stream.below(3);
  switch (kind) {
    case 'restart':
      return { kind, atMs, service, ordinal: stream.chance(0.5) ? null : ordinal };
    case 'order':
      return { kind, atMs, service, ordinal, order: stream.chance(0.7) ? 'move' : 'fence' };
    case 'delete':
      return { kind, atMs, service, deletion: stream.pick([null, 'wipe']) };
    default:
      return { kind: kind === 'stop' ? 'stop' : 'start', atMs, service };
  }
}

function drawNemesis(stream: Stream, knobs: Knobs, safetyMs: number): readonly NemesisEvent[] {
  const targets = [
    ...Array.from({ length: knobs.nodes }, (_, index) => `n${index + 1}`),
    ...Array.from({ length: knobs.managers }, (_, index) => `m${index + 1}`),
  ];
  const count = stream.below(EVENTS_MAX + 1);
  const events = Array.from({ length: count }, () => {
    const atMs = stream.between(0.05 * safetyMs, safetyMs);
    return drawEvent(stream, atMs, stream.pick(targets));
  });
  return events.sort((a, b) => a.atMs - b.atMs);
}

function drawEngineCrashes(
  seed: number,
  { nodes }: Knobs,
  safetyMs: number,
): readonly NemesisEvent[] {
  const stream = new Stream(seed, 'engine crashes');
  return Array.from({ length: stream.pick([0, 0, 1, 3]) }, () => ({
    kind: 'engine-crash',
    keeps: stream.chance(0.5),
    target: `n${1 + stream.below(nodes)}`,
    atMs: stream.between(0.05 * safetyMs, safetyMs),
    forMs: drawForMs(stream),
  }));
}

function drawEvent(stream: Stream, atMs: number, target: string): NemesisEvent {
  return { atMs, forMs: drawForMs(stream), target, ...drawHarm(stream) };
}

function drawForMs(stream: Stream): number {
  return stream.between(500, stream.pick([4_000, 15_000, 40_000]));
}

function drawAmbushes(stream: Stream): readonly Ambush[] {
  return Array.from({ length: stream.pick([0, 0, 2, 5]) }, () => ({
    on: stream.pick(['claimed', 'claimed', 'mounted', 'releasing', 'idle'] as const),
    nth: stream.below(12),
    whom: stream.pick(['owner', 'owner', 'former'] as const),
    afterMs: stream.pick([0, 5, 50, 500, 3_000]) * stream.next(),
    forMs: drawForMs(stream),
    harm: drawHarm(stream),
  }));
}

const LONG_CALLS = ['node.unmount', 'node.mount', 'node.acquire', 'node.release', 'node.unbind'];

function drawHarm(stream: Stream): Harm {
  const kind = stream.pick([
    ...(['kill', 'kill', 'pause', 'pause', 'sleep', 'crash', 'crash', 'freeze-program'] as const),
    ...([
      'exit-programs',
      'partition',
      'partition',
      'outage',
      'lag',
      'hang',
      'blind',
      'clock-jump',
      'lose-addresses',
    ] as const),
  ]);
  switch (kind) {
    case 'partition': {
      const ways = stream.pick<readonly Direction[]>([['out', 'back'], ['out'], ['back']]);
      return { kind, server: stream.pick(SERVERS), ways };
    }
    case 'outage':
      return { kind, server: stream.pick(SERVERS.filter((server) => server !== '*')) };
    case 'lag':
      return { kind, server: stream.pick(SERVERS), byMs: stream.between(100, LAG_MS_MAX) };
    case 'hang':
      return { kind, call: stream.pick(LONG_CALLS) };
    case 'clock-jump':
      return { kind, byMs: stream.between(-HOUR_MS, HOUR_MS) };
    default:
      return { kind };
  }
}
