import { systemClock } from '@firecamp/compose';
import type { MemberStatus, ServiceStatus } from '@firecamp/core';
import type { Command } from '../command.ts';
import { age } from '../output/age.ts';
import { reportUnreadable } from '../output/listing.ts';
import { progressLine } from '../output/progress.ts';
import { stateText } from '../output/state-text.ts';
import { printable, table } from '../output/table.ts';
import { statusView } from '../output/views.ts';

export const serviceStatus: Command = {
  arguments: [{ form: '<service>', text: 'its name' }],
  examples: [
    ['firecamp status pg', 'its members: where they are and how they do'],
    ['firecamp status pg --output json', 'the same for programs'],
  ],
  run: async (context, input) => {
    const service = input.text('service');
    const status = await context.ask((manager) => manager.status(service));
    context.print(statusView(status), statusText(status, systemClock.wallNowMs()));
    return reportUnreadable(context, status.unreadable);
  },
};

/** What stands still is named with its age, and with what to type to learn more. */
export function statusText(status: ServiceStatus, nowMs: number): string {
  const { service, members, operation } = status;
  const head = `${service.name}: ${service.recipe}, ${counted(service.members)}, ${stateText(service)}`;
  const rows = members.map((member) => memberRow(member, nowMs));
  const troubles = members
    .filter(({ record }) => record.lastError !== '')
    .map(({ record }) =>
      printable(`${record.name}: ${record.lastError}; see: firecamp explain ${record.name}`),
    );
  return [
    head,
    ...(operation === null ? [] : [progressLine(operation)]),
    table(['MEMBER', 'STATE', 'ROLE', 'NODE', 'ADDRESS', 'NAME', 'SINCE'], rows),
    ...troubles,
  ].join('\n');
}

function memberRow({ record, beat, ready }: MemberStatus, nowMs: number): readonly string[] {
  return [
    record.name,
    ready ? 'ready' : record.phase,
    beat?.role || '-',
    record.owner?.node ?? '-',
    record.address?.ip ?? '-',
    record.dnsName ?? '-',
    age(record.sinceMs, nowMs),
  ];
}

function counted(members: number): string {
  return members === 1 ? '1 member' : `${members} members`;
}
