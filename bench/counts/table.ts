import { backendNames, sumOf } from './backends.ts';
import { type CallBudget, isBroken } from './budgets.ts';
import type { AllCounts } from './compare.ts';

/** One line an operation, one column a backend; then the budgets, each with what it is held against. */
export function tableOf(counts: AllCounts, budgets: readonly CallBudget[]): readonly string[] {
  const backends = backendNames();
  const wide = Math.max(...Object.keys(counts).map(({ length }) => length));
  const row = (first: string, cells: readonly string[]): string =>
    [first.padEnd(wide), ...cells.map((cell, at) => cell.padStart(headOf(at).length))].join('  ');
  const heads = [...backends, 'all'];
  const headOf = (at: number): string => heads[at] ?? '';
  return [
    row('requests', heads),
    ...Object.entries(counts).map(([operation, calls]) =>
      row(operation, [
        ...backends.map((backend) => `${sumOf(calls, [backend])}`),
        `${sumOf(calls, backends)}`.padStart(4),
      ]),
    ),
    'budgets',
    ...budgets.map(lineOf),
  ];
}

function lineOf(budget: CallBudget): string {
  const { operation, what, counted, formula, limit } = budget;
  const beside = formula === null ? '' : `; ${formula.text} = ${formula.calls}`;
  if (limit === null) return `  shown: ${operation}: ${what}: ${counted}${beside}`;
  const verdict = isBroken(budget) ? 'broken' : 'kept';
  return `  ${verdict}: ${operation}: ${what}: ${counted}, at most ${+limit.toFixed(1)}${beside}`;
}
