import type { Command } from '../command.ts';
import { followOperation } from '../follow.ts';
import { patiently } from '../patience.ts';
import { CHANGE_OPTIONS, changeRequest } from '../service-options.ts';

export const serviceStop: Command = {
  arguments: [{ form: '<service>', text: 'its name' }],
  options: CHANGE_OPTIONS,
  examples: [['firecamp stop pg', 'stops all members, and keeps all that they have']],
  run: async (context, input) => {
    const request = changeRequest(input, context.io);
    await using cluster = await context.cluster();
    const service = input.text('service');
    const operation = await patiently(context.io, () =>
      cluster.manager.stop({ ...request, service }),
    );
    return await followOperation(context, cluster, operation);
  },
};
