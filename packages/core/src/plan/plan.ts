import { memberName } from '../model/name-rules.ts';
import type { ServiceRecord } from '../model/service.ts';
import { type RollingPolicies, rollingBatches } from './rolling.ts';
import { type Seen, volumeId } from './seen.ts';
import { type Stage, type Step, type StepAction, stages } from './step.ts';
import type { WantedMember, WantedService } from './wanted.ts';

function step(service: ServiceRecord, action: StepAction, reason: string, detail = ''): Step {
  const subject = 'ordinal' in action ? memberName(service.name, action.ordinal) : detail;
  const tail = 'ordinal' in action && detail !== '' ? `:${detail}` : '';
  return { id: `${action.kind}:${subject}${tail}`, action, reason };
}

/** Leader last: it is touched when all others are known to be well. */
function leaderLast(service: ServiceRecord, ordinals: readonly number[]): readonly number[] {
  return [
    ...ordinals.filter((ordinal) => ordinal !== service.leader),
    ...ordinals.filter((ordinal) => ordinal === service.leader),
  ];
}

function leaderFirst(service: ServiceRecord, ordinals: readonly number[]): readonly number[] {
  return [...leaderLast(service, ordinals)].reverse();
}

function ordinalsOf(wanted: WantedService): readonly number[] {
  return wanted.members.map(({ ordinal }) => ordinal);
}

/** What is missing of what the service is to have, its containers left out. */
function planParts(wanted: WantedService, seen: Seen): readonly Stage[] {
  const { service } = seen;
  const volumes = (member: WantedMember): readonly Step[] =>
    member.volumes
      .filter(({ role }) => !seen.volumes.has(volumeId(service.uid, member.ordinal, role)))
      .map(({ role, sizeBytes }) => {
        const action = { kind: 'volume.create', ordinal: member.ordinal, role, sizeBytes } as const;
        return step(service, action, 'the member has no such volume yet', role);
      });
  const secrets = wanted.secrets
    .filter(({ name }) => !seen.secrets.has(name) || service.secrets[name] === undefined)
    .map(({ name, bytes }) =>
      step(service, { kind: 'secret.create', secret: name, bytes }, 'the recipe needs it', name),
    );
  const addresses = wanted.members
    .filter(({ ordinal }) => service.addressing === 'static' && !seen.members.has(ordinal))
    .map(({ ordinal }) =>
      step(service, { kind: 'address.allocate', ordinal }, 'the member keeps one address for life'),
    );
  const members = wanted.members
    .filter(({ ordinal }) => !seen.members.has(ordinal))
    .map(({ ordinal }) => step(service, { kind: 'member.create', ordinal }, 'it is not there yet'));
  return stages(
    { name: 'secrets and addresses', steps: [...secrets, ...addresses] },
    { name: 'members', steps: members },
    { name: 'volumes', steps: wanted.members.flatMap(volumes) },
  );
}

/** Starts what does not run: the leader before the others where the recipe wants it so. */
function planStarts(wanted: WantedService, seen: Seen, digests: Digests): readonly Stage[] {
  const { service } = seen;
  const start = (ordinal: number): readonly Step[] => {
    const unit = seen.units.get(ordinal);
    if (unit === undefined || unit.digest !== digests.get(ordinal)) {
      const expects = unit?.revision ?? null;
      const why = unit === undefined ? 'nothing runs the member yet' : 'its unit has changed';
      return [step(service, { kind: 'unit.apply', ordinal, expects }, why)];
    }
    if (unit.running) return [];
    return [step(service, { kind: 'unit.start', ordinal }, 'the service is to run')];
  };
  const ready = (ordinal: number): readonly Step[] =>
    seen.ready.has(ordinal)
      ? []
      : [step(service, { kind: 'wait.ready', ordinal, above: 0 }, 'done means that it serves')];
  const all = leaderFirst(service, ordinalsOf(wanted));
  if (wanted.startOrder === 'parallel') {
    return stages(
      { name: 'start', steps: all.flatMap(start) },
      { name: 'ready', steps: all.flatMap(ready) },
    );
  }
  const [first, ...rest] = all;
  const leader = first === undefined ? [] : [first];
  return stages(
    { name: 'start the leader', steps: leader.flatMap(start) },
    { name: 'leader ready', steps: leader.flatMap(ready) },
    { name: 'start the others', steps: rest.flatMap(start) },
    { name: 'all ready', steps: rest.flatMap(ready) },
  );
}

/** The digest that each member's unit is to have. */
export type Digests = ReadonlyMap<number, string>;

/** What is left to do until the service stands as wanted and serves. */
export function planCreate(wanted: WantedService, seen: Seen, digests: Digests): readonly Stage[] {
  return [...planParts(wanted, seen), ...planStarts(wanted, seen, digests)];
}

/** What is left to do until all members of a stopped service run and serve. */
export function planStart(wanted: WantedService, seen: Seen, digests: Digests): readonly Stage[] {
  return planStarts(wanted, seen, digests);
}

/**
 * Replicas first, the leader last, each group given up in order: whatever the policies of a restart
 * say, since all go down, and what the leader acknowledged last is to reach those that follow it.
 */
export function planStop(seen: Seen): readonly Stage[] {
  const { service } = seen;
  const ordinals = [...seen.members.keys()].sort((a, b) => a - b);
  const stop = (ordinal: number): readonly Step[] =>
    seen.units.get(ordinal)?.running === true
      ? [step(service, { kind: 'unit.stop', ordinal }, 'the service is to stand still')]
      : [];
  const idle = (ordinal: number): readonly Step[] =>
    seen.members.get(ordinal)?.phase === 'idle'
      ? []
      : [step(service, { kind: 'wait.idle', ordinal }, 'its node gives it up in order')];
  const others = ordinals.filter((ordinal) => ordinal !== service.leader);
  const leader = ordinals.filter((ordinal) => ordinal === service.leader);
  return stages(
    { name: 'stop the others', steps: others.flatMap(stop) },
    { name: 'others idle', steps: others.flatMap(idle) },
    { name: 'stop the leader', steps: leader.flatMap(stop) },
    { name: 'leader idle', steps: leader.flatMap(idle) },
  );
}

/**
 * In the order of the recipe's policies. A member whose generation is above the one that was noted
 * when the operation began was restarted already. What was stopped meanwhile stays so.
 */
export function planRestart(
  wanted: RollingPolicies,
  seen: Seen,
  noted: ReadonlyMap<number, number>,
): readonly Stage[] {
  const { service } = seen;
  if (!service.running) return [];
  const above = (ordinal: number): number => noted.get(ordinal) ?? 0;
  const isRestarted = (ordinal: number): boolean =>
    (seen.members.get(ordinal)?.generation ?? 0) > above(ordinal);
  const serves = (ordinal: number): boolean =>
    seen.units.get(ordinal)?.running === true && seen.ready.has(ordinal);
  const left = [...noted.keys()]
    .sort((a, b) => a - b)
    .filter((ordinal) => !isRestarted(ordinal) || !serves(ordinal));
  return rollingBatches(wanted, seen, left).flatMap((batch) => {
    const down = batch.filter((ordinal) => !isRestarted(ordinal));
    const name = `restart ${batch.map((ordinal) => memberName(service.name, ordinal)).join(', ')}`;
    const each = (ordinals: readonly number[], reason: string, act: Act): Stage => ({
      name,
      steps: ordinals.map((ordinal) => step(service, act(ordinal), reason)),
    });
    const again = 'it is to be restarted';
    return stages(
      each(down, again, (ordinal) => ({ kind: 'unit.stop', ordinal, rolling: down })),
      each(down, 'its node gives it up in order', (ordinal) => ({ kind: 'wait.idle', ordinal })),
      each(batch, again, (ordinal) => ({ kind: 'unit.start', ordinal })),
      each(batch, 'the next one waits for it', (ordinal) => ({
        kind: 'wait.ready',
        ordinal,
        above: above(ordinal),
      })),
    );
  });
}

type Act = (ordinal: number) => StepAction;

/** Starts or stops what is not as the service's record says: a late request may have undone it. */
export function planRepair(seen: Seen): readonly Stage[] {
  const { service, units } = seen;
  if (service.state !== 'active') return [];
  const wrong = [...units].filter(([, { running }]) => running !== service.running);
  const kind = service.running ? 'unit.start' : 'unit.stop';
  const steps = wrong
    .map(([ordinal]) => ordinal)
    .sort((a, b) => a - b)
    .map((ordinal) => step(service, { kind, ordinal }, 'its unit is not as it was left'));
  return stages({ name: 'repair', steps });
}

/**
 * Whether no volume is left that the secrets of the service may be needed for. Where the store's
 * lists may be old, only its recipe and the records of its members say so.
 */
function keepsNoVolume(
  wanted: WantedService,
  { volumes, volumesComplete, members }: Seen,
): boolean {
  if (volumes.size > 0) return false;
  const all = [...wanted.members, ...members.values()];
  return volumesComplete || all.every((member) => member.volumes.length === 0);
}

/** What is left to do until nothing of the service is left but what the policy keeps. */
export function planDelete(wanted: WantedService, seen: Seen): readonly Stage[] {
  const { service } = seen;
  const members = [...seen.members.keys()].sort((a, b) => a - b);
  // A list may be old: that it does not show a unit yet does not mean that there is none.
  const all = Array.from({ length: service.members }, (_, ordinal) => ordinal);
  const units = [...new Set([...seen.units.keys(), ...all])].sort((a, b) => a - b);
  const each = (
    ordinals: readonly number[],
    kind: 'unit.remove' | 'wait.idle' | 'member.remove' | 'name.remove',
    reason: string,
  ): readonly Step[] => ordinals.map((ordinal) => step(service, { kind, ordinal }, reason));
  const wipe = service.deletion === 'wipe';
  const volumes = wipe ? [...seen.volumes] : [];
  const secrets = wipe || keepsNoVolume(wanted, seen) ? [...seen.secrets] : [];
  const why = wipe ? 'the policy is wipe' : 'there is no volume that it is needed for';
  return stages(
    { name: 'stop', steps: each(units, 'unit.remove', 'the service is deleted') },
    { name: 'idle', steps: each(members, 'wait.idle', 'its node gives it up in order') },
    { name: 'members', steps: each(members, 'member.remove', 'nobody can claim it any more') },
    {
      name: 'names and addresses',
      steps: [
        // Names outlive their member's record for a moment.
        ...each(all, 'name.remove', 'nobody answers there any more'),
        ...[...seen.addresses].map((address) =>
          step(service, { kind: 'address.release', address }, 'it goes back', address),
        ),
      ],
    },
    {
      name: 'volumes and secrets',
      steps: [
        ...volumes.map((volume) =>
          step(service, { kind: 'volume.remove', volume }, 'the policy is wipe', volume),
        ),
        ...secrets.map((secret) => step(service, { kind: 'secret.remove', secret }, why, secret)),
      ],
    },
  );
}
