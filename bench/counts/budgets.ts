import { CLOUD, sumOf } from './backends.ts';
import type { AllCounts } from './compare.ts';
import { countAll, type View } from './scenarios.ts';
import { withoutWaiting } from './span.ts';

/** A budget for requests, and what is counted. */
export interface CallBudget {
  /** As {@link countAll} names it. */
  readonly operation: string;
  readonly what: string;
  readonly counted: number;
  /** What the operation cannot do without, where a formula says so. */
  readonly formula: { readonly text: string; readonly calls: number } | null;
  /** Null: shown beside its formula, since the formula assumes what not every backend gives. */
  readonly limit: number | null;
}

/** So much above its formula a creation may be. */
const ABOVE_FORMULA = 1.2;
/** By name, and with a static address. */
const FAILOVER_MAX = { name: 12, static: 14 };
const WORLDS = ['embedded', 'swarm', 'aws'];
const NODES: Readonly<Record<string, number>> = { embedded: 3, swarm: 3, aws: 4 };
/** Of one node in a minute: it beats each 2.5 s, and no clock runs more than 1% fast. */
const BEATS_MAX = (60_000 / 2_500) * 1.01;

export function isBroken({ counted, limit }: CallBudget): boolean {
  return limit !== null && !(counted <= limit);
}

/** The budgets that say how many requests there may be, held against what is counted now. */
export async function callBudgets(counts: AllCounts): Promise<readonly CallBudget[]> {
  const needed = await countAll(withoutWaiting);
  const asked = await countAll(whoAsked);
  return [
    ...creations(asked),
    ...WORLDS.flatMap((world) => [
      ...failover(needed, `${world}: failover of one member found by name`, FAILOVER_MAX.name),
      ...failover(needed, `${world}: failover of one member`, FAILOVER_MAX.static),
      restart(counts, `${world}: restart of one member on its node`),
      idle(counts, world),
    ]),
  ];
}

/** What a person's own program sends, before agents mount: the formula ends there. */
const whoAsked: View = (requests) =>
  withoutWaiting(requests.filter(({ process }) => !process.startsWith('agent/')));

/**
 * Of 8 + 3N calls all but 3 go to EC2 (N + 2), names (2) and ECS (2N + 1). The database's 3 write
 * all members at once and read nothing: not every database can, and each wait reads it.
 */
function creations(asked: AllCounts): readonly CallBudget[] {
  return [3, 10].flatMap((members) => {
    const operation = `aws: create of ${members} members found by name`;
    const calls = 3 * members + 5;
    const until = 'until members start, waiting left out';
    return [
      {
        operation,
        what: `asked of cloud and orchestrator ${until}`,
        counted: sumOf(asked[operation], [...CLOUD, 'orchestrator']),
        formula: { text: '3N + 5', calls },
        limit: ABOVE_FORMULA * calls,
      },
      {
        operation,
        what: `asked of the database too ${until}`,
        counted: sumOf(asked[operation], [...CLOUD, 'orchestrator', 'database']),
        formula: { text: '8 + 3N', calls: calls + 3 },
        limit: null,
      },
    ];
  });
}

function failover(needed: AllCounts, operation: string, calls: number): readonly CallBudget[] {
  const counts = needed[operation];
  const same = { operation, formula: { text: 'calls of the design', calls } };
  const left = 'waiting left out';
  return [
    { ...same, what: `asked of the cloud, ${left}`, counted: sumOf(counts, CLOUD), limit: calls },
    {
      ...same,
      what: `asked of the database too, ${left}`,
      counted: sumOf(counts, [...CLOUD, 'database']),
      limit: null,
    },
  ];
}

function restart(counts: AllCounts, operation: string): CallBudget {
  const counted = sumOf(counts[operation], CLOUD);
  return { operation, what: 'asked of the cloud', counted, formula: null, limit: 0 };
}

function idle(counts: AllCounts, world: string): CallBudget {
  const operation = `${world}: idle minute with 3 members`;
  const writes = Object.entries(counts[operation] ?? {}).filter(([request]) =>
    request.startsWith('database.write '),
  );
  const counted = writes.reduce((total, [, count]) => total + count, 0);
  const limit = Math.floor((NODES[world] ?? Number.NaN) * BEATS_MAX);
  return { operation, what: 'written to the database', counted, formula: null, limit };
}
