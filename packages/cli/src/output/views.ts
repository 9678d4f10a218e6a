import type {
  Explanation,
  JsonObject,
  MemberStatus,
  NodeStatus,
  OperationRecord,
  ServiceRecord,
  ServiceStatus,
} from '@firecamp/core';

// What programs get. A key, once here, keeps its name and its meaning; new ones may come.

export function serviceView(service: ServiceRecord): JsonObject {
  const { name, uid, recipe, spec, members, running, addressing, deletion, state } = service;
  const { operation, leader, createdMs } = service;
  return {
    name,
    uid,
    recipe,
    spec,
    members,
    running,
    addressing,
    deletion,
    state,
    isolation: service.isolation === undefined ? null : { ...service.isolation },
    operation,
    leader,
    createdMs,
  };
}

export function memberView({ record, beat, task, ready }: MemberStatus): JsonObject {
  return {
    name: record.name,
    ordinal: record.ordinal,
    phase: record.phase,
    generation: record.generation,
    node: record.owner?.node ?? null,
    // That it is bound to; null where its volumes and address go wherever it goes.
    zone: record.zone,
    ready,
    role: beat?.role ?? '',
    address: record.address?.ip ?? null,
    dnsName: record.dnsName,
    task: task === null ? null : { id: task.id, state: task.state, message: task.message },
    volumes: record.volumes.map(({ id, role }) => ({ id, role })),
    unfenced: record.unfenced.map(({ node, boot }) => ({ node, boot })),
    sinceMs: record.sinceMs,
    lastError: record.lastError,
  };
}

export function statusView({ service, members, operation, unreadable }: ServiceStatus): JsonObject {
  return {
    service: serviceView(service),
    members: members.map(memberView),
    operation: operation === null ? null : operationView(operation),
    unreadable: unreadable.map((one) => ({ ...one })),
  };
}

export function operationView(operation: OperationRecord): JsonObject {
  const { id, kind, serviceName, state, who, why, runner, cancel } = operation;
  const { stepsDone, stepsTotal, steps, error, createdMs, endedMs } = operation;
  return {
    id,
    kind,
    service: serviceName,
    state,
    who,
    why,
    runner,
    cancel,
    stepsDone,
    stepsTotal,
    steps: steps.map((step) => ({ ...step })),
    error,
    createdMs,
    endedMs,
  };
}

export function nodeView({ id, facts, beat, orchestrator }: NodeStatus): JsonObject {
  return {
    id,
    region: facts?.region ?? null,
    zone: facts?.zone ?? orchestrator?.zone ?? null,
    boot: facts?.boot ?? null,
    incarnation: facts?.incarnation ?? null,
    addresses: facts?.addresses ?? [],
    beat: beat === null ? null : { state: beat.state, seq: beat.seq, boot: beat.boot },
    orchestrator: orchestrator?.state ?? null,
    message: orchestrator?.message ?? '',
    members: (beat?.members ?? []).map(({ member, state, role, ready }) => ({
      member,
      state,
      role,
      ready,
    })),
  };
}

export function explanationView({ member, facts, waitsFor, remedies }: Explanation): JsonObject {
  return {
    member: member.name,
    phase: member.phase,
    generation: member.generation,
    owner: member.owner === null ? null : { ...member.owner },
    facts,
    waitsFor,
    lastError: member.lastError,
    remedies,
  };
}
