import type { Command } from '../command.ts';
import { findMember, person } from '../service-options.ts';

export const memberFence: Command = {
  arguments: [{ form: '<member>', text: 'its name, such as pg-0' }],
  options: [{ flags: '--reason <text>', text: 'why, for the record', fallback: '' }],
  examples: [
    [
      'firecamp fence pg-0 --reason "its node hangs"',
      'lets another node take it, once proven safe',
    ],
  ],
  details:
    'The order holds for the present owner alone. Another node takes the member only when the old one provably cannot write any more.',
  run: async (context, input) => {
    await using cluster = await context.cluster();
    const member = await findMember(cluster, input.text('member'));
    const { name, generation } = await cluster.manager.order({
      member,
      kind: 'fence',
      by: person(context.io),
      reason: input.text('reason'),
    });
    context.print(
      { member: name, generation },
      `ordered: generation ${generation} of ${name} is to be fenced; see: firecamp explain ${name}`,
    );
    return 0;
  },
};
