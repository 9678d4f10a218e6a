import { readFileSync } from 'node:fs';
import { backendNames, sumOf } from './counts/backends.ts';
import { type CallBudget, callBudgets } from './counts/budgets.ts';
import type { AllCounts } from './counts/compare.ts';
import { countAll } from './counts/scenarios.ts';
import type { Benchmark, Row } from './harness.ts';

const KEPT = new URL('counts.json', import.meta.url);

/** What the operations ask of backends. Every single count is kept in counts.json. */
export const benchmark: Benchmark = {
  name: 'calls per operation',
  async run(): Promise<readonly Row[]> {
    const counts = await countAll();
    const kept: AllCounts = JSON.parse(readFileSync(KEPT, 'utf8'));
    return [
      ...(await callBudgets(counts)).map(budgetRow),
      ...Object.keys(counts).map((operation) => totalRow(operation, counts, kept)),
    ];
  },
};

function budgetRow({ operation, what, counted, formula, limit }: CallBudget): Row {
  return {
    what: `${operation}: ${what}`,
    value: counted,
    unit: 'requests',
    baseline: formula === null ? null : { what: `formula ${formula.text}`, value: formula.calls },
    bound: limit === null ? null : { of: 'value', is: 'at most', limit: +limit.toFixed(1) },
    note: limit === null ? 'bound by what is kept, below' : '',
  };
}

/** No design says how many there may be in all: it is as many as there were when they were kept. */
function totalRow(operation: string, counts: AllCounts, kept: AllCounts): Row {
  const limit = sumOf(kept[operation], backendNames());
  return {
    what: `${operation}: all requests, waiting and own node with them`,
    value: sumOf(counts[operation], backendNames()),
    unit: 'requests',
    baseline: { what: 'kept', value: limit },
    bound: { of: 'value', is: 'at most', limit },
    note: '',
  };
}
