import type { Command } from '../command.ts';
import { followOperation } from '../follow.ts';
import { patiently } from '../patience.ts';
import { CHANGE_OPTIONS, changeRequest } from '../service-options.ts';

export const serviceDelete: Command = {
  arguments: [{ form: '<service>', text: 'its name' }],
  options: [
    {
      flags: '--deletion <policy>',
      text: "what becomes of the volumes (default: the service's own policy)",
      choices: ['retain', 'wipe'],
    },
    ...CHANGE_OPTIONS,
  ],
  examples: [
    ['firecamp delete pg', 'keeps the volumes, if the service says nothing else'],
    ['firecamp delete pg --deletion wipe', 'removes all that it ever stored'],
  ],
  run: async (context, input) => {
    const request = changeRequest(input, context.io);
    const deletion = input.optionalText('deletion');
    await using cluster = await context.cluster();
    const operation = await patiently(context.io, () =>
      cluster.manager.delete({
        ...request,
        service: input.text('service'),
        deletion: deletion === 'retain' || deletion === 'wipe' ? deletion : null,
      }),
    );
    return await followOperation(context, cluster, operation);
  },
};
