import { systemClock } from '@firecamp/compose';
import type { OperationRecord } from '@firecamp/core';
import type { Command } from '../command.ts';
import { findOperation } from '../find-operation.ts';
import { age } from '../output/age.ts';
import { printable, table } from '../output/table.ts';
import { operationView } from '../output/views.ts';

export const operationsShow: Command = {
  arguments: [
    { form: '<operation>', text: 'the beginning of its id; see: firecamp operations list' },
  ],
  examples: [['firecamp operations show 7c9e', 'what it has done and what it waits for']],
  run: async (context, input) => {
    await using cluster = await context.cluster();
    const operation = await cluster.manager.operation(
      await findOperation(cluster, input.text('operation')),
    );
    context.print(operationView(operation), operationText(operation, systemClock.wallNowMs()));
    return 0;
  },
};

export function operationText(operation: OperationRecord, nowMs: number): string {
  const { id, kind, serviceName, state, who, why, stepsDone, stepsTotal, error } = operation;
  const rows = operation.steps.map(({ id: step, attempts, sinceMs, lastError, remedy }) => [
    step,
    String(attempts),
    age(sinceMs, nowMs),
    lastError || '-',
    remedy || '-',
  ]);
  const resumable = state === 'failed' || state === 'cancelled';
  return [
    `${id}: ${kind} ${serviceName}, ${state}, ${stepsDone} of ${stepsTotal} steps done`,
    printable(`asked for by ${who}, ${age(operation.createdMs, nowMs)} ago${why && `: ${why}`}`),
    ...(error === '' ? [] : [printable(error)]),
    ...(rows.length === 0 ? [] : [table(['STEP', 'ATTEMPTS', 'SINCE', 'ERROR', 'REMEDY'], rows)]),
    ...(resumable ? [`to go on with it: firecamp operations resume ${id}`] : []),
  ].join('\n');
}
