import { systemRandom } from '@firecamp/compose';
import type { ChangeRequest, MemberRef } from '@firecamp/core';
import { FireCampError, memberId, memberName } from '@firecamp/core';
import type { Cluster } from './cluster/cluster.ts';
import type { CommandOption } from './command.ts';
import type { Input } from './input.ts';
import type { Io } from './io.ts';

/** What every command takes that changes something. */
export const CHANGE_OPTIONS: readonly CommandOption[] = [
  { flags: '--why <text>', text: 'a reason, for the record', fallback: '' },
  { flags: '--request <id>', text: 'an id of your own: a repeat with it is the same operation' },
];

/** The most that a reason may hold. */
const WHY_LENGTH_MAX = 500;

export function changeRequest(input: Input, io: Io): ChangeRequest {
  const why = input.text('why');
  if (why.length > WHY_LENGTH_MAX) {
    throw input.refusal('why', `is ${why.length} characters long, at most ${WHY_LENGTH_MAX}`);
  }
  return {
    request: input.optionalText('request') ?? systemRandom.id(),
    who: person(io),
    why,
  };
}

/** Who the machine says that the caller is, for the record. */
export function person(io: Io): string {
  const { USER, LOGNAME } = io.environment;
  const said = [USER, LOGNAME].find(isUserName) ?? io.userName();
  if (isUserName(said)) return `person/${said}`;
  return io.uid === null ? 'person/unknown' : `person/uid-${io.uid}`;
}

function isUserName(name: string | null | undefined): name is string {
  return name != null && /^[\w.-]{1,64}$/.test(name);
}

/** A member by its name, such as `pg-0`. @throws `INVALID_ARGUMENT`, `NOT_FOUND`. */
export async function findMember(cluster: Cluster, name: string): Promise<MemberRef> {
  const match = /^(.+)-(0|[1-9]\d{0,3})$/.exec(name);
  if (match === null) {
    throw new FireCampError(
      'INVALID_ARGUMENT',
      `member: expected <service>-<ordinal>, such as pg-0, found ${JSON.stringify(name)}`,
      { operation: 'firecamp', subject: { key: 'member' } },
    );
  }
  const [, service = '', ordinal] = match;
  const status = await cluster.manager.status(service);
  const found = status.members.find(({ record }) => record.ordinal === Number(ordinal));
  const ref = { service: status.service.uid, ordinal: Number(ordinal) };
  // One that cannot be read is there all the same: whoever reads it says so.
  const bad = status.unreadable.some(({ id }) => id === memberId(ref));
  if (found !== undefined || bad) return ref;
  const members = status.members.map(({ record }) => memberName(service, record.ordinal));
  throw new FireCampError(
    'NOT_FOUND',
    `${service} has no member ${name}; it has ${members.join(', ') || 'none yet'}`,
    { operation: 'firecamp', subject: { member: name } },
  );
}
