import { type Explanation, FireCampError, type MemberRef } from '@firecamp/core';
import type { Cluster } from '../cluster/cluster.ts';
import type { Command } from '../command.ts';
import { printable } from '../output/table.ts';
import { explanationView } from '../output/views.ts';
import { findMember } from '../service-options.ts';

export const memberExplain: Command = {
  arguments: [{ form: '<member>', text: 'its name, such as pg-0; or a service, for all of its' }],
  examples: [
    ['firecamp explain pg-0', 'who holds it, since when, and what to type about it'],
    ['firecamp explain pg', 'the same of each of its members'],
  ],
  run: async (context, input) => {
    await using cluster = await context.cluster();
    const found = await find(cluster, input.text('member'));
    const explained: Explanation[] = [];
    for (const member of found.members) explained.push(await cluster.manager.explain(member));
    const [first] = explained;
    const views = explained.map(explanationView);
    const value = found.one && first !== undefined ? explanationView(first) : views;
    context.print(value, explained.map(explanationText).join('\n\n') || 'it has no member yet');
    return 0;
  },
};

interface Found {
  /** Whether a member was named. */
  readonly one: boolean;
  readonly members: readonly MemberRef[];
}

/** @throws `INVALID_ARGUMENT`, `NOT_FOUND`. */
async function find(cluster: Cluster, name: string): Promise<Found> {
  try {
    return { one: true, members: [await findMember(cluster, name)] };
  } catch (error) {
    const noMember = FireCampError.is(error, 'INVALID_ARGUMENT') || isAbsent(error);
    const services = noMember ? await cluster.manager.services() : [];
    if (!services.some((service) => service.name === name)) throw error;
  }
  const { members } = await cluster.manager.status(name);
  return { one: false, members: members.map(({ record }) => record) };
}

function isAbsent(error: unknown): boolean {
  return FireCampError.is(error, 'NOT_FOUND');
}

/** What is in a member's way, and what to do about it. */
export function explanationText({ member, facts, remedies }: Explanation): string {
  const lines = remedies.map((line) => `  ${line}`);
  if (lines.length > 0) lines.unshift('what to type:');
  else if (member.lastError === '') lines.push('nothing is in its way');
  else lines.push('it is tried again by itself: mend what fails, and nothing has to be typed');
  return [...facts, ...lines].map(printable).join('\n');
}
