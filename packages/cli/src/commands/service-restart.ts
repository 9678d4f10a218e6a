import type { Command } from '../command.ts';
import { CHANGE_OPTIONS, changeRequest } from '../service-options.ts';
import { submitChange } from '../submit.ts';

const ORDINAL_MAX = 9999;

export const serviceRestart: Command = {
  arguments: [
    { form: '<service>', text: 'its name' },
    { form: '[ordinal]', text: 'of the one member (default: all, one after another)' },
  ],
  options: [
    { flags: '--anyway', text: 'also while other members are not ready' },
    ...CHANGE_OPTIONS,
  ],
  examples: [
    ['firecamp restart pg', 'all members, the leader last'],
    ['firecamp restart pg 2', 'the member pg-2 alone'],
    ['firecamp restart pg 2 --anyway', 'the same, whatever the others are like'],
  ],
  run: async (context, input) => {
    const request = changeRequest(input, context.io);
    const ordinal = input.integer('ordinal', 0, ORDINAL_MAX);
    const service = input.text('service');
    const anyway = input.flag('anyway');
    return await submitChange(context, (manager) =>
      manager.restart({ ...request, service, ordinal, anyway }),
    );
  },
};
