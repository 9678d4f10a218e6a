import type {
  BeatRecord,
  FenceProof,
  MemberRecord,
  MemberVolume,
  Owner,
  Unfenced,
} from '@firecamp/core';

/** A member of a service that somebody has just created, with what a test says otherwise. */
export function member(parts: Partial<MemberRecord> = {}): MemberRecord {
  return {
    schema: 1,
    service: 's1',
    ordinal: 0,
    name: 'pg-0',
    dnsName: 'pg-0.lab.internal',
    zone: null,
    address: null,
    generation: 1,
    phase: 'idle',
    owner: null,
    lease: null,
    wanted: null,
    order: null,
    unfenced: [],
    proofs: [],
    volumes: [volume('data')],
    seeded: false,
    nameGeneration: 0,
    sinceMs: 0,
    lastError: '',
    ...parts,
  };
}

export function volume(id: string, parts: Partial<MemberVolume> = {}): MemberVolume {
  return { id, role: id, fsUuid: `fs-${id}`, format: 'done', holderToken: null, ...parts };
}

export function owner(node: string, parts: Partial<Owner> = {}): Owner {
  return { node, boot: `${node}-boot-1`, incarnation: `${node}-1`, task: `${node}-task`, ...parts };
}

export function beat(node: string, parts: Partial<BeatRecord> = {}): BeatRecord {
  return {
    schema: 1,
    node,
    boot: `${node}-boot-1`,
    incarnation: `${node}-1`,
    seq: 7,
    state: 'beating',
    members: [],
    goneBoots: [],
    ...parts,
  };
}

export function unfenced(node: string, parts: Partial<Unfenced> = {}): Unfenced {
  return {
    node,
    boot: `${node}-boot-1`,
    generation: 1,
    named: 'record',
    tokens: [],
    task: `${node}-task`,
    ...parts,
  };
}

/** A proof that reaches the whole node, unless a volume is named. */
export function proof(node: string, parts: Partial<FenceProof> = {}): FenceProof {
  return {
    kind: 'process-gone',
    holder: { node, token: `${node}-boot-1`, writable: false },
    boot: `${node}-boot-1`,
    volume: null,
    generation: 2,
    observed: 'nothing of it runs',
    by: 'manager/m1',
    sinceMs: 0,
    ...parts,
  };
}
