import { settleWrite } from '../database/settle-write.ts';
import { FireCampError } from '../error.ts';
import type { Json } from '../json.ts';
import { bootGone, decodeBeat } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeMember, MEMBER_SCHEMA, type MemberRecord } from '../model/member.ts';
import { memberId } from '../model/member-ref.ts';
import { memberName } from '../model/name-rules.ts';
import type { ServiceRecord } from '../model/service.ts';
import { getService, updateService } from '../operation/operation-store.ts';
import type { Stopwatch } from '../ownership/silence.ts';
import type { EffectOptions } from '../permit.ts';
import { addressId, volumeId } from '../plan/seen.ts';
import type { Step, StepAction } from '../plan/step.ts';
import { unitSpec } from '../plan/unit-spec.ts';
import type { WantedMember, WantedService } from '../plan/wanted.ts';
import { Secret } from '../secret/secret.ts';
import type { OwnershipTags } from '../volume/volume-store.ts';
import { freeHolders, type Held } from './free-holders.ts';
import { expectOthersReady } from './others-ready.ts';
import type { ManagerParts } from './parts.ts';
import { randomText } from './random-text.ts';
import { isReady } from './see.ts';
import type { UnitKeeper } from './unit-keeper.ts';
import { wantLetGo } from './want-let-go.ts';

/** What the steps of one run of an operation share. */
export interface StepContext {
  readonly parts: ManagerParts;
  readonly service: ServiceRecord;
  readonly wanted: WantedService;
  readonly operation: string;
  /** Zone of each ordinal; null where nothing is bound to zones. */
  readonly zoneOf: (ordinal: number) => string | null;
  readonly units: UnitKeeper;
  readonly effect: EffectOptions;
  /** How long each holder of what is to be removed has been seen. */
  readonly patience: Stopwatch;
}

/** Does one step; a repeat does no harm. Waiting steps reject with `FAILED_PRECONDITION` till met. */
export async function applyStep(context: StepContext, { action }: Step): Promise<void> {
  switch (action.kind) {
    case 'secret.create':
      return createSecret(context, action);
    case 'address.allocate':
    case 'address.release':
      return applyAddress(context, action);
    case 'member.create':
      return createMember(context, action.ordinal);
    case 'member.remove':
      return removeMember(context, action.ordinal);
    case 'volume.create':
      return createVolume(context, action);
    case 'volume.remove':
      return removeVolume(context, action.volume);
    case 'unit.apply':
    case 'unit.start':
    case 'unit.stop':
    case 'unit.remove':
      return applyUnit(context, action);
    case 'wait.ready':
      return whileKept(context, { ordinal: action.ordinal, running: true }, () =>
        expectReady(context, action.ordinal, action.above),
      );
    case 'wait.idle':
      return whileKept(context, { ordinal: action.ordinal, running: false }, () =>
        expectIdle(context, action.ordinal),
      );
    case 'name.remove':
      return removeName(context, action.ordinal);
    case 'secret.remove':
      return context.parts.secrets.remove(secretName(context, action.secret), context.effect);
  }
}

type Action<K extends StepAction['kind']> = Extract<StepAction, { readonly kind: K }>;

function secretName({ service }: StepContext, name: string): string {
  return `${service.uid}/${name}`;
}

async function createSecret(
  context: StepContext,
  { secret, bytes }: Action<'secret.create'>,
): Promise<void> {
  const value = new Secret(randomText(context.parts.random, bytes));
  const { name, version } = await context.parts.secrets.create(
    secretName(context, secret),
    value,
    context.effect,
  );
  await recordSecret(context, secret, `${name}@${version}`);
}

/** Agents find a secret by what the record says of it, and by nothing else. */
async function recordSecret(
  { parts, service, effect }: StepContext,
  secret: string,
  reference: string,
): Promise<void> {
  const found = await getService(parts, service.uid, effect);
  if (found === null || found.record.secrets[secret] === reference) return;
  const secrets = { ...found.record.secrets, [secret]: reference };
  await updateService(parts, found, { ...found.record, secrets }, effect);
}

function tagsOf({ service, operation, parts }: StepContext, ordinal: number): OwnershipTags {
  const member = memberName(service.name, ordinal);
  return { cluster: parts.cluster, service: service.uid, member, operation };
}

async function applyAddress(
  context: StepContext,
  action: Action<'address.allocate' | 'address.release'>,
): Promise<void> {
  const { addresses } = context.parts;
  if (addresses === null) throw missing('addresses');
  if (action.kind === 'address.release') {
    const holders = await addresses.holders(action.address, context.effect);
    await expectFree(context, { volume: null, holders });
    return addresses.release(action.address, context.effect);
  }
  const { ordinal } = action;
  const spec = {
    id: addressId(context.service.uid, ordinal),
    zone: addresses.capabilities.zoneBound ? context.zoneOf(ordinal) : null,
    family: 'ipv4',
    tags: tagsOf(context, ordinal),
  } as const;
  await addresses.allocate(spec, context.effect);
}

function missing(part: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', `no ${part} are configured`, {
    operation: 'Manager.applyStep',
    subject: { part },
  });
}

function wantedMember({ wanted, service }: StepContext, ordinal: number): WantedMember {
  const found = wanted.members.find((member) => member.ordinal === ordinal);
  if (found !== undefined) return found;
  throw new TypeError(`the recipe wants no member ${ordinal} of ${service.name}`);
}

async function createMember(context: StepContext, ordinal: number): Promise<void> {
  const { parts, service } = context;
  const record = await newMember(context, ordinal);
  const write = {
    kind: 'create',
    collection: COLLECTIONS.members,
    id: memberId({ service: service.uid, ordinal }),
    value: record as unknown as Json,
    token: parts.random.id(),
  } as const;
  try {
    await settleWrite(parts, [write], context.effect);
  } catch (error) {
    const there = FireCampError.is(error, 'CONFLICT') ? await getMember(context, ordinal) : null;
    if (there === null) throw error;
  }
}

async function newMember(context: StepContext, ordinal: number): Promise<MemberRecord> {
  const { parts, service } = context;
  const id = addressId(service.uid, ordinal);
  const address =
    service.addressing === 'static'
      ? ((await parts.addresses?.get(id, context.effect)) ?? null)
      : null;
  if (service.addressing === 'static' && address === null) throw missing('addresses');
  return {
    schema: MEMBER_SCHEMA,
    service: service.uid,
    ordinal,
    name: memberName(service.name, ordinal),
    dnsName: parts.domain === null ? null : `${memberName(service.name, ordinal)}.${parts.domain}`,
    zone: context.zoneOf(ordinal),
    address: address === null ? null : { id: address.id, ip: address.ip },
    generation: 0,
    phase: 'idle',
    owner: null,
    lease: null,
    wanted: null,
    order: null,
    unfenced: [],
    proofs: [],
    volumes: wantedMember(context, ordinal).volumes.map(({ role }) => ({
      id: volumeId(service.uid, ordinal, role),
      role,
      fsUuid: parts.random.id(),
      format: 'new',
      holderToken: null,
    })),
    seeded: false,
    nameGeneration: 0,
    ...(service.isolation === undefined ? {} : { isolation: service.isolation }),
    sinceMs: parts.clock.wallNowMs(),
    lastError: '',
  };
}

interface StoredMember {
  readonly record: MemberRecord;
  readonly revision: string;
}

async function getMember(context: StepContext, ordinal: number): Promise<StoredMember | null> {
  const id = memberId({ service: context.service.uid, ordinal });
  const entry = await context.parts.database.get(COLLECTIONS.members, id, context.effect);
  if (entry === null) return null;
  return { record: decodeMember(entry.value), revision: entry.revision };
}

async function createVolume(
  context: StepContext,
  { ordinal, role, sizeBytes }: Action<'volume.create'>,
): Promise<void> {
  const { parts, service } = context;
  const spec = {
    id: volumeId(service.uid, ordinal, role),
    sizeBytes,
    zone: parts.volumes.capabilities.zoneBound ? context.zoneOf(ordinal) : null,
    tags: tagsOf(context, ordinal),
  };
  const volume = await parts.volumes.create(spec, context.effect);
  if (volume.state === 'creating') {
    throw new FireCampError('FAILED_PRECONDITION', `volume ${volume.id} is still being created`, {
      operation: 'VolumeStore.create',
      subject: { volume: volume.id },
    });
  }
}

/** Nodes keep a volume attached after its member left them, so that a restart costs nothing. */
async function removeVolume(context: StepContext, volume: string): Promise<void> {
  const { volumes } = context.parts;
  const holders = await volumes.holders(volume, context.effect);
  await expectFree(context, { volume, holders });
  await volumes.remove(volume, context.effect);
}

async function expectFree(
  { parts, patience, effect }: StepContext,
  held: Omit<Held, 'standsMs'>,
): Promise<void> {
  const tokens = held.holders.map(({ token }) => token);
  const standsMs = patience.sinceMs(JSON.stringify([held.volume, ...tokens]));
  return freeHolders(parts, { ...held, standsMs }, effect);
}

async function applyUnit(
  context: StepContext,
  action: Action<'unit.apply' | 'unit.start' | 'unit.stop' | 'unit.remove'>,
): Promise<void> {
  const { orchestrator } = context.parts;
  const member = { service: context.service.uid, ordinal: action.ordinal };
  switch (action.kind) {
    case 'unit.start':
      return orchestrator.startUnit(member, context.effect);
    case 'unit.remove':
      return orchestrator.removeUnit(member, context.effect);
    case 'unit.stop': {
      const { ordinal, rolling } = action;
      if (rolling !== undefined) await expectOthersReady(context, { ordinal, rolling });
      const { graceMs } = wantedMember(context, ordinal).program;
      return orchestrator.stopUnit(member, { graceMs }, context.effect);
    }
    case 'unit.apply': {
      const wanted = wantedMember(context, action.ordinal);
      const bound = context.parts.volumes.capabilities.zoneBound;
      const spec = unitSpec(context.service, wanted, bound ? context.zoneOf(action.ordinal) : null);
      await orchestrator.applyUnit(spec, action.expects, context.effect);
      return;
    }
  }
}

/** Looks after the unit for as long as what is expected of its member is not met. */
async function whileKept(
  { units, effect }: StepContext,
  { ordinal, running }: { readonly ordinal: number; readonly running: boolean },
  expect: () => Promise<void>,
): Promise<void> {
  try {
    await expect();
  } catch (error) {
    if (FireCampError.is(error, 'FAILED_PRECONDITION')) await units.keep(ordinal, running, effect);
    throw error;
  }
}

async function expectReady(context: StepContext, ordinal: number, above: number): Promise<void> {
  const name = memberName(context.service.name, ordinal);
  const member = (await getMember(context, ordinal))?.record ?? null;
  if (member === null) throw notYet(name, 'has no record');
  if (member.generation <= above) {
    throw notYet(name, `has not been claimed ${above === 0 ? '' : 'again '}yet`);
  }
  if (member.owner === null) {
    throw notYet(name, member.lastError === '' ? 'has no owner yet' : member.lastError);
  }
  if (member.phase === 'mounted' && (await isServing(context, member, member.owner.node))) return;
  const why = member.lastError === '' ? '' : `: ${member.lastError}`;
  throw notYet(name, `is ${member.phase} on ${member.owner.node} and not ready yet${why}`);
}

async function isServing(
  { parts, effect }: StepContext,
  member: MemberRecord,
  node: string,
): Promise<boolean> {
  const entry = await parts.database.get(COLLECTIONS.beats, node, effect);
  return entry !== null && isReady(member, decodeBeat(entry.value));
}

async function expectIdle(context: StepContext, ordinal: number): Promise<void> {
  const member = (await getMember(context, ordinal))?.record ?? null;
  if (member !== null) await expectLetGo(context, member);
}

/** Given up in order, or held only by boots that are proven to have ended. */
async function expectLetGo(context: StepContext, member: MemberRecord): Promise<void> {
  if (member.phase === 'idle' && member.unfenced.length === 0) return;
  const holders = [...(member.owner === null ? [] : [member.owner]), ...member.unfenced];
  for (const { node, boot } of holders) {
    const entry = await context.parts.database.get(COLLECTIONS.beats, node, context.effect);
    const beat = entry === null ? null : decodeBeat(entry.value);
    if (beat !== null && bootGone(beat, boot) !== null) continue;
    // A node that beats gives up what it owns by itself; nobody else looks after what is idle.
    if (beat?.state === 'silent' || member.phase === 'idle' || member.phase === 'moving') {
      await wantLetGo(context.parts, member, context.operation);
    }
    throw notYet(
      member.name,
      `is ${member.phase}, waits for ${node} to give it up or to be fenced`,
    );
  }
}

function notYet(name: string, why: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', `${name} ${why}`, {
    operation: 'Manager.wait',
    subject: { member: name },
  });
}

/** Removes the record at the revision at which it was seen let go of: then nobody can claim it. */
async function removeMember(context: StepContext, ordinal: number): Promise<void> {
  const found = await getMember(context, ordinal);
  if (found === null) return;
  await expectLetGo(context, found.record);
  const write = {
    kind: 'remove',
    collection: COLLECTIONS.members,
    id: memberId(found.record),
    token: context.parts.random.id(),
    revision: found.revision,
  } as const;
  await settleWrite(context.parts, [write], context.effect);
}

async function removeName(context: StepContext, ordinal: number): Promise<void> {
  const { names, domain } = context.parts;
  if (names === null || domain === null) return;
  const name = `${memberName(context.service.name, ordinal)}.${domain}`;
  const current = await names.get(name, context.effect);
  if (current === null || current.removed || current.owner !== context.service.uid) return;
  const change = {
    name,
    records: null,
    owner: context.service.uid,
    generation: current.generation + 1,
  };
  const [result] = await names.change([change], context.effect);
  if (result?.outcome === 'done') return;
  throw new FireCampError('CONFLICT', `name ${name} changed meanwhile`, {
    operation: 'Names.change',
    subject: { name },
  });
}
