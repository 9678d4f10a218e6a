import type { Explanation } from '@firecamp/core';
import type { Command } from '../command.ts';
import { findMembers } from '../find-members.ts';
import { printable } from '../output/table.ts';
import { explanationView } from '../output/views.ts';

export const memberExplain: Command = {
  arguments: [{ form: '<member>', text: 'its name, such as pg-0; or a service, for all of its' }],
  examples: [
    ['firecamp explain pg-0', 'who holds it, since when, and what to type about it'],
    ['firecamp explain pg', 'the same of each of its members'],
  ],
  run: async (context, input) => {
    await using cluster = await context.cluster();
    const found = await findMembers(cluster, input.text('member'));
    const explained: Explanation[] = [];
    for (const member of found.members) explained.push(await cluster.manager.explain(member));
    const [first] = explained;
    const views = explained.map(explanationView);
    const value = found.one && first !== undefined ? explanationView(first) : views;
    context.print(value, explained.map(explanationText).join('\n\n') || 'it has no member yet');
    return 0;
  },
};

/** What is in a member's way, and what to do about it. */
export function explanationText({ member, facts, remedies }: Explanation): string {
  const lines = remedies.map((line) => `  ${line}`);
  if (lines.length > 0) lines.unshift('what to type:');
  else if (member.lastError === '') lines.push('nothing is in its way');
  else lines.push('it is tried again by itself: mend what fails, and nothing has to be typed');
  return [...facts, ...lines].map(printable).join('\n');
}
