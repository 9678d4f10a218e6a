import type { BeatRecord, FenceProof, MemberRecord, Owner } from '@firecamp/core';

export function ownerOn(node: string, task = 'task-1'): Owner {
  return { node, boot: `boot-${node}`, incarnation: `run-${node}`, task };
}

/** A member that nobody holds. */
export function idleMember(change: Partial<MemberRecord> = {}): MemberRecord {
  return {
    schema: 1,
    service: 'svc',
    ordinal: 0,
    name: 'pg-0',
    dnsName: 'pg-0.db.internal',
    zone: 'a',
    address: null,
    generation: 7,
    phase: 'idle',
    owner: null,
    lease: null,
    wanted: null,
    order: null,
    unfenced: [],
    proofs: [],
    volumes: [
      { id: 'svc-0-data', role: 'data', fsUuid: 'fs-1', format: 'done', holderToken: null },
      { id: 'svc-0-log', role: 'log', fsUuid: 'fs-2', format: 'new', holderToken: null },
    ],
    seeded: true,
    nameGeneration: 6,
    sinceMs: 5,
    lastError: '',
    ...change,
  };
}

export function movingMember(node: string, change: Partial<MemberRecord> = {}): MemberRecord {
  return idleMember({
    phase: 'moving',
    owner: ownerOn(node),
    lease: { seq: 1, ms: 12_000 },
    ...change,
  });
}

export function mountedMember(node: string, change: Partial<MemberRecord> = {}): MemberRecord {
  const volumes = idleMember().volumes.map((volume) => ({ ...volume, holderToken: `t-${node}` }));
  return idleMember({ phase: 'mounted', owner: ownerOn(node), volumes, ...change });
}

export function beatOf(node: string, change: Partial<BeatRecord> = {}): BeatRecord {
  return {
    schema: 1,
    node,
    boot: `boot-${node}`,
    incarnation: `run-${node}`,
    seq: 3,
    state: 'beating',
    members: [],
    goneBoots: [],
    ...change,
  };
}

/** The proof that a whole boot of a node has ended, as it is recorded in its beat. */
export function goneProof(node: string, change: Partial<FenceProof> = {}): FenceProof {
  return {
    kind: 'process-gone',
    holder: { node, token: `boot-${node}`, writable: false },
    boot: `boot-${node}`,
    volume: null,
    generation: 0,
    observed: 'no process',
    by: 'manager/m1',
    sinceMs: 1,
    ...change,
  };
}
