import type { Command } from '../command.ts';
import { CHANGE_OPTIONS, changeRequest } from '../service-options.ts';
import { submitChange } from '../submit.ts';

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
    const service = input.text('service');
    const policy = deletion === 'retain' || deletion === 'wipe' ? deletion : null;
    return await submitChange(context, (manager) =>
      manager.delete({ ...request, service, deletion: policy }),
    );
  },
};
