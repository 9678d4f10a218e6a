import type { RunResult } from '@firecamp/core/simulation';

/** Lines of background that say nothing of what went wrong. */
const LINES_MAX = 400;

/** What happened in a run, in words, with the scenario that repeats it. */
export function storyOf(result: RunResult): readonly string[] {
  const { scenario, violation, trace } = result;
  const { operations, nemesis, faults, seed } = scenario;
  const left = `${operations.length} requests, ${nemesis.length} events, ${faults?.length ?? 'random'} faults`;
  return [
    `seed ${seed}: ${violation?.message ?? 'every rule held'} (${left})`,
    ...trace
      .slice(-LINES_MAX)
      .map(({ atMs, who, text }) => `${(atMs / 1000).toFixed(3).padStart(9)} s  ${who}: ${text}`),
  ];
}
