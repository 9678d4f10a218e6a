import { type Listing, readListing } from '../database/listing.ts';
import type { BeatRecord } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import type { MemberRecord } from '../model/member.ts';
import { memberId } from '../model/member-ref.ts';
import type { NodeFacts } from '../model/node.ts';
import { decodeNode } from '../model/node-record.ts';
import { getOperation } from '../operation/operation-store.ts';
import type { OrchestratorNode, Task } from '../orchestrator/orchestrator.ts';
import type { CallOptions } from '../permit.ts';
import type { MemberStatus, NodeStatus, ServiceStatus } from './manager.ts';
import type { ManagerParts } from './parts.ts';
import { beatsByNode, isReady, listBeats, listMembers } from './see.ts';
import { findService } from './submit.ts';

/** A service as all sources together show it. @throws `NOT_FOUND`. */
export async function serviceStatus(
  parts: ManagerParts,
  name: string,
  call: CallOptions = {},
): Promise<ServiceStatus> {
  const { record: service } = await findService(parts, name, call);
  const [members, listed, tasks, operation] = await Promise.all([
    listMembers(parts, service.uid, call),
    listBeats(parts, call),
    readTasks(parts, service.uid, call),
    service.operation === null ? null : getOperation(parts, service.operation, call),
  ]);
  const beats = beatsByNode(listed);
  const statuses = members.items.map((record) =>
    memberStatus(record, beats.get(record.owner?.node ?? ''), tasks.get(record.ordinal) ?? null),
  );
  const owners = new Set(members.items.map(({ owner }) => owner?.node));
  const silenced = listed.unreadable.filter(({ id }) => owners.has(id));
  return {
    service,
    members: statuses,
    operation: operation?.record ?? null,
    unreadable: [...members.unreadable, ...silenced],
  };
}

function memberStatus(
  record: MemberRecord,
  beat: BeatRecord | undefined,
  task: Task | null,
): MemberStatus {
  const id = memberId(record);
  const said = beat?.members.find(
    ({ member, generation }) => member === id && generation === record.generation,
  );
  return { record, beat: said ?? null, task, ready: isReady(record, beat) };
}

/** The newest task of each member: the last listed that has not stopped, else the last. */
async function readTasks(
  parts: ManagerParts,
  service: string,
  call: CallOptions,
): Promise<ReadonlyMap<number, Task>> {
  const newest = new Map<number, Task>();
  for await (const task of parts.orchestrator.tasks(service, call)) {
    const before = newest.get(task.member.ordinal);
    const keeps = before !== undefined && before.state !== 'stopped' && task.state === 'stopped';
    if (!keeps) newest.set(task.member.ordinal, task);
  }
  return newest;
}

/** Every node that the database or the orchestrator knows, by id. */
export async function nodeStatuses(
  parts: ManagerParts,
  call: CallOptions = {},
): Promise<Listing<NodeStatus>> {
  const what = { collection: COLLECTIONS.nodes, decode: decodeNode };
  const nodes = await readListing(parts.database, what, call);
  const facts = new Map<string, NodeFacts>(nodes.items.map((one) => [one.facts.id, one.facts]));
  const listedBeats = await listBeats(parts, call);
  const beats = beatsByNode(listedBeats);
  const listed = new Map<string, OrchestratorNode>();
  for await (const node of parts.orchestrator.nodes(call)) listed.set(node.id, node);
  const byOrchestrator = new Map(
    [...facts.values()].map(({ id, orchestratorNode }) => [orchestratorNode, id]),
  );
  const ids = new Set([
    ...facts.keys(),
    ...[...listed.keys()].map((id) => byOrchestrator.get(id) ?? id),
  ]);
  const items = [...ids].sort().map((id) => ({
    id,
    facts: facts.get(id) ?? null,
    beat: beats.get(id) ?? null,
    orchestrator: listed.get(facts.get(id)?.orchestratorNode ?? id) ?? null,
  }));
  return { items, unreadable: [...nodes.unreadable, ...listedBeats.unreadable] };
}
