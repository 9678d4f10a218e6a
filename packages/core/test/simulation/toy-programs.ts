import {
  type BeatRecord,
  COLLECTIONS,
  type Database,
  FireCampError,
  type Json,
  type ManagerParts,
  type MemberRecord,
  memberId,
  type NodeFacts,
  type OperationRecord,
  type Permit,
  type ServiceRecord,
} from '@firecamp/core';
import type { AgentProgram, Programs, SimulatedAgentParts } from '@firecamp/core/simulation';

/** What the toy does about an owner that did not give the member up. */
export type Manners = 'waits' | 'takes';

const ALWAYS: Permit = { generation: 0, ask: async () => 1_000 };

/** The smallest programs that run in the simulator: far from the real ones, for its own tests. */
export function toyPrograms(manners: Manners): Programs {
  return { agent: (parts) => toyAgent(parts, manners), manager: toyManager };
}

function toyAgent(parts: SimulatedAgentParts, manners: Manners): AgentProgram {
  const { database, facts, clock, volumes, mounts, random } = parts;
  const change = (record: MemberRecord, revision: string): Promise<unknown> =>
    database.write([
      {
        kind: 'update',
        collection: COLLECTIONS.members,
        id: memberId(record),
        value: record as unknown as Json,
        token: random.id(),
        revision,
      },
    ]);
  let beaten = false;
  const beat = async (): Promise<void> => {
    if (beaten) return;
    const { id: node, boot, incarnation } = facts;
    const record: BeatRecord = {
      ...{ schema: 1, node, boot, incarnation, seq: 1, state: 'beating' },
      ...{ members: [], goneBoots: [] },
    };
    const last = await database.get(COLLECTIONS.beats, node);
    const write = { collection: COLLECTIONS.beats, id: node, token: random.id() };
    const value = record as unknown as Json;
    await database.write([
      last === null
        ? { kind: 'create', ...write, value }
        : { kind: 'update', ...write, value, revision: last.revision },
    ]);
    beaten = true;
  };
  return {
    run: async (signal) => {
      while (!signal.aborted) await clock.sleep(1_000, signal);
    },
    mount: async ({ task, member }) => {
      await beat();
      const entry = await database.get(COLLECTIONS.members, memberId(member));
      if (entry === null) throw refuse('NOT_FOUND');
      const record = entry.value as unknown as MemberRecord;
      const own = isOwn(record, facts, task);
      if (record.phase !== 'idle' && !own && manners === 'waits') throw refuse('UNAVAILABLE');
      const { id: node, boot, incarnation } = facts;
      const generation = record.generation + 1;
      const owner = { node, boot, incarnation, task };
      await change({ ...record, generation, owner, phase: 'mounted' }, entry.revision);
      const paths: Record<string, string> = {};
      for (const { id, role, fsUuid } of record.volumes) {
        if (volumes === null) throw refuse('UNSUPPORTED');
        const acquired = await volumes.acquire({ id }, facts, { permit: ALWAYS });
        if ((await mounts.inspect(acquired)).kind !== 'filesystem') {
          await mounts.format(acquired, fsUuid);
        }
        paths[role] = (await mounts.mount(acquired, fsUuid)).path;
      }
      const address = record.address?.ip ?? facts.addresses[0] ?? '';
      return { name: record.name, address, volumes: paths, files: '', secrets: '' };
    },
    unmount: async ({ task, member }) => {
      const entry = await database.get(COLLECTIONS.members, memberId(member));
      const record = entry?.value as unknown as MemberRecord | undefined;
      if (entry === null || record?.owner?.task !== task) return;
      for (const { id } of record.volumes) {
        await mounts.unmount(id);
        await volumes?.release({ id }, { permit: ALWAYS });
      }
      await change({ ...record, owner: null, phase: 'idle' }, entry.revision);
    },
  };
}

/** Whether nobody but this task can run on the node that owns it. */
function isOwn({ owner }: MemberRecord, { id, boot }: NodeFacts, task: string): boolean {
  return owner?.node === id && (owner.boot !== boot || owner.task === task);
}

function toyManager(parts: ManagerParts): ReturnType<Programs['manager']> {
  const { database, clock } = parts;
  const later = async (): Promise<never> => {
    throw refuse('UNSUPPORTED');
  };
  return {
    run: async (signal) => {
      while (!signal.aborted) await clock.sleep(1_000, signal);
    },
    services: async () => ({ items: [], unreadable: [] }),
    create: async ({ request, name, members, spec, addressing, deletion, who }) => {
      const uid = `uid-${name}`;
      const service: ServiceRecord = {
        ...{ schema: 1, uid, name, cluster: parts.cluster, recipe: 'simulated', spec, members },
        ...{ running: true, addressing, deletion, state: 'active', operation: null, secrets: {} },
        ...{ leader: 0, request, createdMs: clock.wallNowMs() },
      };
      const wanted = parts.catalog.wanted(service).members;
      for (const member of wanted) {
        const { ordinal } = member;
        const tags = { cluster: parts.cluster, service: uid, member: `${name}-${ordinal}` };
        const volumes = member.volumes.map(({ role, sizeBytes }) => ({
          ...{ id: `${uid}-${ordinal}-${role}`, role, sizeBytes },
          fsUuid: `${uid}-${ordinal}-${role}`,
        }));
        for (const { id, sizeBytes } of volumes) {
          const wish = { id, sizeBytes, zone: null, tags: { ...tags, operation: request } };
          await parts.volumes.create(wish, { permit: ALWAYS });
        }
        const record = memberOf(service, ordinal, volumes);
        await put(database, COLLECTIONS.members, memberId(record), record, parts.random.id());
        const unit = {
          ...{ member: { service: uid, ordinal }, cluster: parts.cluster, name: tags.member },
          ...{ digest: 'one', program: member.program, volumes: [], ports: [], zone: null },
          ...{ node: null, memoryBytesMax: null, cpuMillisMax: null, running: true },
        };
        await parts.orchestrator.applyUnit(unit, null, { permit: ALWAYS });
      }
      await put(database, COLLECTIONS.services, uid, service, parts.random.id());
      return operationOf(request, service, who);
    },
    follow: async (id) => ({ id }) as OperationRecord,
    delete: later,
    start: later,
    stop: later,
    restart: later,
    order: later,
  };
}

function memberOf(
  service: ServiceRecord,
  ordinal: number,
  volumes: readonly { readonly id: string; readonly role: string; readonly fsUuid: string }[],
): MemberRecord {
  return {
    ...{ schema: 1, service: service.uid, ordinal, name: `${service.name}-${ordinal}` },
    ...{ dnsName: null, zone: null, address: null, generation: 0, phase: 'idle', owner: null },
    ...{ lease: null, wanted: null, order: null, unfenced: [], proofs: [], seeded: false },
    volumes: volumes.map(({ id, role, fsUuid }) => ({
      ...{ id, role, fsUuid, format: 'new', holderToken: null },
    })),
    ...{ nameGeneration: 0, sinceMs: 0, lastError: '' },
  };
}

function operationOf(id: string, service: ServiceRecord, who: string): OperationRecord {
  return { id, kind: 'create', service: service.uid, who } as OperationRecord;
}

async function put(
  database: Database,
  collection: string,
  id: string,
  value: object,
  token: string,
): Promise<void> {
  await database.write([{ kind: 'create', collection, id, value: value as Json, token }]);
}

function refuse(code: FireCampError['code']): FireCampError {
  return new FireCampError(code, 'says the toy', { operation: 'toy' });
}
