import type { Command } from '../command.ts';
import { printable } from '../output/table.ts';
import { explanationView } from '../output/views.ts';
import { findMember } from '../service-options.ts';

export const memberExplain: Command = {
  arguments: [{ form: '<member>', text: 'its name, such as pg-0' }],
  examples: [['firecamp explain pg-0', 'who holds it, since when, and what to type about it']],
  run: async (context, input) => {
    await using cluster = await context.cluster();
    const member = await findMember(cluster, input.text('member'));
    const explanation = await cluster.manager.explain(member);
    const remedies = explanation.remedies.map((line) => `  ${line}`);
    const lines = [
      ...explanation.facts,
      ...(remedies.length === 0 ? ['nothing is in its way'] : ['what to type:', ...remedies]),
    ];
    context.print(explanationView(explanation), lines.map(printable).join('\n'));
    return 0;
  },
};
