import type { LogLine } from '@firecamp/core';
import type { Cluster } from '../cluster/cluster.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { type FoundMembers, findMembers, type NamedMember } from '../find-members.ts';
import { byTime } from '../output/by-time.ts';
import { printable } from '../output/table.ts';

const TAIL_MAX = 10_000;

export const serviceLogs: Command = {
  arguments: [{ form: '<member>', text: 'its name, such as pg-0; or a service, for all of its' }],
  options: [
    { flags: '--tail <lines>', text: 'the last so many lines of each', fallback: '100' },
    { flags: '-f, --follow', text: 'go on with new lines until interrupted' },
  ],
  examples: [
    ['firecamp logs pg-0', 'what it printed, on whichever node it was'],
    ['firecamp logs pg', 'of all its members, line by line'],
    ['firecamp logs pg-0 --follow --tail 0', 'what it prints from now on'],
  ],
  run: async (context, input) => {
    const tail = input.integer('tail', 0, TAIL_MAX) ?? 100;
    await using cluster = await context.cluster();
    const found = await findMembers(cluster, input.text('member'));
    const print = printer(context, found);
    const logs = new Logs(cluster, tail);
    if (input.flag('follow')) await follow(context.io.signal, found.members, { logs, print });
    else for await (const line of logs.upToNow(found.members, context.io.signal)) print(line);
    return 0;
  },
};

interface MemberLine extends LogLine {
  /** The name of the member. */
  readonly member: string;
}

class Logs {
  readonly #cluster: Cluster;
  readonly #tail: number;

  constructor(cluster: Cluster, tail: number) {
    this.#cluster = cluster;
    this.#tail = tail;
  }

  async *of(member: NamedMember, follow: boolean, signal: AbortSignal): AsyncGenerator<MemberLine> {
    const { service, ordinal, name } = member;
    const range = { tail: this.#tail, follow, signal };
    for await (const line of this.#cluster.orchestrator.logs({ service, ordinal }, range)) {
      yield { member: name, ...line };
    }
  }

  upToNow(members: readonly NamedMember[], signal: AbortSignal): AsyncIterable<MemberLine> {
    return byTime(members.map((member) => this.of(member, false, signal)));
  }
}

/** Prints the lines of all as they come, until the signal fires: that is no error. */
async function follow(
  signal: AbortSignal,
  members: readonly NamedMember[],
  { logs, print }: { readonly logs: Logs; readonly print: (line: MemberLine) => void },
): Promise<void> {
  const failed = new AbortController();
  const over = AbortSignal.any([signal, failed.signal]);
  const followed = members.map(async (member) => {
    try {
      for await (const line of logs.of(member, true, over)) print(line);
    } catch (error) {
      if (over.aborted) return;
      // Half of what was asked for would look like all of it.
      failed.abort();
      throw error;
    }
  });
  const [broken] = (await Promise.allSettled(followed)).filter(
    ({ status }) => status === 'rejected',
  );
  if (broken?.status === 'rejected') throw broken.reason;
}

function printer(context: Context, { one, members }: FoundMembers): (line: MemberLine) => void {
  const width = Math.max(0, ...members.map(({ name }) => name.length));
  return (line) => {
    const before = one ? '' : `${line.member.padEnd(width)} `;
    context.print({ ...line }, `${before}${logText(line)}`);
  };
}

function logText({ atMs, stream, text }: LogLine): string {
  return printable(`${new Date(atMs).toISOString()} ${stream === 'err' ? '!' : ' '} ${text}`);
}
