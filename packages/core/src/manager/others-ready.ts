import { FireCampError } from '../error.ts';
import type { BeatRecord } from '../model/beat.ts';
import type { MemberRecord } from '../model/member.ts';
import { memberId } from '../model/member-ref.ts';
import { memberName } from '../model/name-rules.ts';
import { PROTOCOL_RULES } from '../ownership/rules.ts';
import { holdsUp, mayBeHeldUp } from '../plan/rolling.ts';
import type { StepContext } from './apply-step.ts';
import { beatsByNode, isReady, listBeats, readMembers } from './see.ts';

/** Of a member that is to be taken down beside others. */
interface Turn {
  readonly ordinal: number;
  /** All that go down side by side, it among them. */
  readonly rolling: readonly number[];
}

/**
 * What a rolling action asks before each attempt to take a member down; units of others that are
 * not ready are looked after meanwhile, since nobody else does so while an operation runs.
 *
 * @throws `FAILED_PRECONDITION` - too many others are not ready; the message names them.
 */
export async function expectOthersReady(
  context: StepContext,
  { ordinal, rolling }: Turn,
): Promise<void> {
  const { parts, service, wanted, units, effect } = context;
  const others = wanted.members.map((one) => one.ordinal).filter((one) => !rolling.includes(one));
  if (!mayBeHeldUp(wanted, rolling, others)) return;
  const [members, listed] = await Promise.all([
    readMembers(parts, service.uid, effect),
    listBeats(parts, effect),
  ]);
  const beats = beatsByNode(listed);
  const beatOf = (member: MemberRecord): BeatRecord | undefined =>
    beats.get(member.owner?.node ?? '');
  const unready = others.filter((other) => {
    const member = members.get(other);
    return member === undefined || !isReady(member, beatOf(member));
  });
  const own = members.get(ordinal);
  const isDown = own !== undefined && isKnownDown(own, beatOf(own));
  const takeDown = { policies: wanted, rolling, unready, isDown };
  const waitsFor = holdsUp(takeDown, parts.rules ?? PROTOCOL_RULES);
  for (const other of waitsFor) await units.keep(other, true, effect);
  if (waitsFor.length > 0) throw heldUp(context, ordinal, waitsFor);
}

/** Whether it is given up, or its own node says that it does not serve: silence says nothing. */
function isKnownDown(member: MemberRecord, beat: BeatRecord | undefined): boolean {
  if (member.phase === 'idle' || member.phase === 'releasing') return true;
  if (member.phase !== 'mounted' || beat?.state !== 'beating') return false;
  const said = beat.members.find((one) => one.member === memberId(member));
  const isOfOwner = beat.boot === member.owner?.boot && said?.generation === member.generation;
  return isOfOwner && said?.ready === false;
}

function heldUp(
  { service, operation }: StepContext,
  ordinal: number,
  waitsFor: readonly number[],
): FireCampError {
  const member = memberName(service.name, ordinal);
  const names = waitsFor.map((other) => memberName(service.name, other));
  return new FireCampError(
    'FAILED_PRECONDITION',
    `${member} is not taken down while these are not ready: ${names.join(', ')}; see \`firecamp explain ${names[0]}\``,
    {
      operation: 'Manager.restart',
      subject: { member, waitsFor: names.join(', ') },
      remedy: `firecamp operations cancel ${operation}; firecamp restart ${service.name} ${ordinal} --anyway`,
    },
  );
}
