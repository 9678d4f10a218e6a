import { median } from '../harness.ts';
import type { CallCounts } from './compare.ts';
import type { Request } from './counted-world.ts';

/** A span of simulated time, both ends in it. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** These come with time, whatever is done: beats, and what keeps a fence up while a node is away. */
const UPKEEP: ReadonlySet<string> = new Set(['database.write beats', 'blocklist.renew']);
/** Part of each look at what a node has bound: it changes what is there once in a blue moon. */
const FLUSH = 'node.flush';

/** From when something was asked for until the last change that it brought about. */
export function spanOf(requests: readonly Request[], fromMs: number, beforeMs: number): Span {
  const changes = requests.filter(
    (one) => isChange(one) && one.atMs >= fromMs && one.atMs < beforeMs,
  );
  const last = changes.at(-1);
  if (last === undefined) throw new Error('nothing was changed');
  return { fromMs, toMs: last.atMs };
}

/** What the one run asks for in that span above the other, where both begin alike. */
export function above(more: readonly Request[], base: readonly Request[], span: Span): CallCounts {
  const without = countOf(base, span);
  const rest = Object.entries(countOf(more, span)).map(
    ([name, count]) => [name, count - (without[name] ?? 0)] as const,
  );
  return Object.fromEntries(rest.filter(([, count]) => count > 0));
}

/** Of what is asked of the own node, changes alone: looks at a kernel cost no backend anything. */
export function countOf(
  requests: readonly Request[],
  { fromMs, toMs }: Span,
  upkeep: 'with upkeep' | 'without upkeep' = 'without upkeep',
): CallCounts {
  const counts = new Map<string, number>();
  for (const request of requests) {
    const { atMs, name, local } = request;
    if (atMs < fromMs || atMs > toMs) continue;
    if (local ? !isChange(request) : UPKEEP.has(name) && upkeep === 'without upkeep') continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isChange({ name, changes }: Request): boolean {
  return changes && !UPKEEP.has(name) && name !== FLUSH;
}

/** The middle one of each request's counts. */
export function medianCounts(runs: readonly CallCounts[]): CallCounts {
  const names = [...new Set(runs.flatMap((counts) => Object.keys(counts)))].sort();
  const middle = names.map((name) => [name, median(runs.map((one) => one[name] ?? 0))] as const);
  return Object.fromEntries(middle.filter(([, count]) => count > 0));
}

/**
 * What a process asks again before it has changed anything: it waits. How often depends on how long
 * a double takes and how often it looks, and says nothing of what an operation needs.
 */
export function withoutWaiting(requests: readonly Request[]): readonly Request[] {
  const asked = new Map<string, Set<string>>();
  return requests.filter((request) => {
    const { process, name, changes } = request;
    if (isChange(request)) asked.delete(process);
    if (changes) return true;
    const before = asked.get(process) ?? new Set();
    asked.set(process, before);
    if (before.has(name)) return false;
    before.add(name);
    return true;
  });
}
