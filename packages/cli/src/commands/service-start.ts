import type { Command } from '../command.ts';
import { CHANGE_OPTIONS, changeRequest } from '../service-options.ts';
import { submitChange } from '../submit.ts';

export const serviceStart: Command = {
  arguments: [{ form: '<service>', text: 'its name' }],
  options: CHANGE_OPTIONS,
  examples: [['firecamp start pg', 'starts all members of a stopped service']],
  run: async (context, input) => {
    const request = changeRequest(input, context.io);
    const service = input.text('service');
    return await submitChange(context, (manager) => manager.start({ ...request, service }));
  },
};
