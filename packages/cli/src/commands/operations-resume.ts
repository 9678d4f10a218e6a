import type { Command } from '../command.ts';
import { findOperation } from '../find-operation.ts';
import { followOperation } from '../follow.ts';

export const operationsResume: Command = {
  arguments: [
    { form: '<operation>', text: 'the beginning of its id; see: firecamp operations list' },
  ],
  examples: [
    ['firecamp operations resume 7c9e', 'goes on where it stopped, and waits for its end'],
  ],
  run: async (context, input) => {
    await using cluster = await context.cluster();
    const operation = await cluster.manager.resume(
      await findOperation(cluster, input.text('operation')),
    );
    return await followOperation(context, cluster, operation);
  },
};
