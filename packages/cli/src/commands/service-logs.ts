import type { LogLine, MemberRef, Orchestrator } from '@firecamp/core';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { printable } from '../output/table.ts';
import { findMember } from '../service-options.ts';

const TAIL_MAX = 10_000;

export const serviceLogs: Command = {
  arguments: [{ form: '<member>', text: 'its name, such as pg-0' }],
  options: [
    { flags: '--tail <lines>', text: 'the last so many lines', fallback: '100' },
    { flags: '-f, --follow', text: 'go on with new lines until interrupted' },
  ],
  examples: [
    ['firecamp logs pg-0', 'what it printed, on whichever node it was'],
    ['firecamp logs pg-0 --follow --tail 0', 'what it prints from now on'],
  ],
  run: async (context, input) => {
    const tail = input.integer('tail', 0, TAIL_MAX) ?? 100;
    await using cluster = await context.cluster();
    const member = await findMember(cluster, input.text('member'));
    await printLogs(context, cluster.orchestrator, member, { tail, follow: input.flag('follow') });
    return 0;
  },
};

async function printLogs(
  context: Context,
  orchestrator: Orchestrator,
  member: MemberRef,
  range: { readonly tail: number; readonly follow: boolean },
): Promise<void> {
  const { io } = context;
  try {
    for await (const line of orchestrator.logs(member, { ...range, signal: io.signal })) {
      context.print({ ...line }, logText(line));
    }
  } catch (error) {
    // Whoever follows ends it with an interrupt: that is no error.
    if (!range.follow || !io.signal.aborted) throw error;
  }
}

function logText({ atMs, stream, text }: LogLine): string {
  return printable(`${new Date(atMs).toISOString()} ${stream === 'err' ? '!' : ' '} ${text}`);
}
