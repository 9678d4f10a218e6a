import type { Command } from '../command.ts';
import { findOperation } from '../find-operation.ts';
import { operationView } from '../output/views.ts';

export const operationsCancel: Command = {
  arguments: [
    { form: '<operation>', text: 'the beginning of its id; see: firecamp operations list' },
  ],
  examples: [['firecamp operations cancel 7c9e', 'stops it after the steps in flight']],
  run: async (context, input) => {
    await using cluster = await context.cluster();
    const operation = await cluster.manager.cancel(
      await findOperation(cluster, input.text('operation')),
    );
    const { id, state, cancel } = operation;
    const asked = state === 'running' && cancel ? 'is asked to stop' : `is ${state}`;
    context.print(operationView(operation), `${id} ${asked}`);
    return 0;
  },
};
