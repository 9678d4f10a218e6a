import type { Command } from '../command.ts';
import { CHANGE_OPTIONS, changeRequest } from '../service-options.ts';
import { submitChange } from '../submit.ts';

export const serviceStop: Command = {
  arguments: [{ form: '<service>', text: 'its name' }],
  options: CHANGE_OPTIONS,
  examples: [['firecamp stop pg', 'stops all members, and keeps all that they have']],
  run: async (context, input) => {
    const request = changeRequest(input, context.io);
    const service = input.text('service');
    return await submitChange(context, (manager) => manager.stop({ ...request, service }));
  },
};
