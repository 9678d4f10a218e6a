import { type Explanation, FireCampError } from '@firecamp/core';
import type { Command } from '../command.ts';
import { findMembers } from '../find-members.ts';
import { printable } from '../output/table.ts';
import { explanationView } from '../output/views.ts';
import { reportError } from '../report-error.ts';

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
    let exitCode = 0;
    for (const member of found.members) {
      try {
        explained.push(await cluster.manager.explain(member));
      } catch (error) {
        if (found.one || !isUnreadable(error)) throw error;
        exitCode = reportError(error, context.io, context.json);
      }
    }
    const [first] = explained;
    const views = explained.map(explanationView);
    const value = found.one && first !== undefined ? explanationView(first) : views;
    const text = explained.map(explanationText).join('\n\n');
    if (context.json || text !== '' || exitCode === 0) {
      context.print(value, text || 'it has no member yet');
    }
    return exitCode;
  },
};

/** One member that cannot be read hides none of the others. */
function isUnreadable(error: unknown): boolean {
  return FireCampError.is(error, 'CORRUPT') || FireCampError.is(error, 'FAILED_PRECONDITION');
}

/** What is in a member's way, what goes on by itself, and what to do about it. */
function explanationText({ member, facts, waitsFor, remedies }: Explanation): string {
  const lines = [...facts];
  if (waitsFor.length > 0) lines.push('what is waited for:', ...waitsFor.map(indented));
  if (remedies.length > 0) lines.push('what to type:', ...remedies.map(indented));
  else if (member.lastError !== '')
    lines.push('it is tried again by itself: mend what fails, and nothing has to be typed');
  else lines.push(waitsFor.length > 0 ? 'nothing has to be typed' : 'nothing is in its way');
  return lines.map(printable).join('\n');
}

function indented(line: string): string {
  return `  ${line}`;
}
