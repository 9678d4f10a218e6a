/** How often each request was sent, by its name. */
export type CallCounts = Readonly<Record<string, number>>;

/** Counts of every operation, by its name. */
export type AllCounts = Readonly<Record<string, CallCounts>>;

/** One call of one operation, held against what was kept. */
export interface Check {
  readonly operation: string;
  readonly call: string;
  readonly kept: number;
  readonly now: number;
}

/** Every call that either side knows: one that was never kept counts as a rise from 0. */
export function compare(kept: AllCounts, now: AllCounts): readonly Check[] {
  const operations = namesOf(kept, now);
  return operations.flatMap((operation) => {
    const before = kept[operation] ?? {};
    const after = now[operation] ?? {};
    return namesOf(before, after).map((call) => ({
      ...{ operation, call },
      ...{ kept: before[call] ?? 0, now: after[call] ?? 0 },
    }));
  });
}

function namesOf(a: object, b: object): readonly string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

/** Operations that are kept and are not counted any more: a budget that nobody watches. */
export function forgotten(kept: AllCounts, now: AllCounts): readonly string[] {
  return Object.keys(kept).filter((operation) => now[operation] === undefined);
}
