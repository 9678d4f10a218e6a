import {
  decodeBeat,
  decodeMember,
  decodeNode,
  decodeOperation,
  decodeReservation,
  decodeService,
  type Json,
  type OperationRecord,
  type ServiceRecord,
} from '@firecamp/core';
import { nodeFacts } from './node-facts.ts';
import { beat, member, owner, proof, unfenced } from './ownership.ts';

export const service: ServiceRecord = {
  schema: 1,
  uid: 's1',
  name: 'pg',
  cluster: 'lab',
  recipe: 'plain',
  spec: {},
  members: 1,
  running: true,
  addressing: 'name',
  deletion: 'retain',
  state: 'active',
  operation: null,
  secrets: {},
  leader: 0,
  request: 'create-pg',
  zones: ['zone-1'],
  createdMs: 0,
};

export function operation(parts: Partial<OperationRecord> = {}): OperationRecord {
  return {
    schema: 1,
    id: 'o1',
    kind: 'stop',
    service: 's1',
    serviceName: 'pg',
    who: 'person/test',
    why: '',
    request: {},
    state: 'queued',
    generation: 0,
    runner: null,
    lease: null,
    cancel: false,
    stepsDone: 0,
    stepsTotal: 0,
    steps: [],
    error: '',
    createdMs: 0,
    endedMs: null,
    ...parts,
  };
}

/** A record of every kind, each with every part that it can have, and its codec. */
export const KINDS: readonly {
  readonly kind: string;
  readonly record: object;
  readonly decode: (value: unknown) => object;
}[] = [
  { kind: 'service', record: service, decode: decodeService },
  {
    kind: 'operation',
    record: operation({
      lease: { seq: 1, ms: 1 },
      steps: [{ id: 's', sinceMs: 0, attempts: 1, lastError: '', remedy: '' }],
    }),
    decode: decodeOperation,
  },
  {
    kind: 'member',
    record: member({
      owner: owner('n1'),
      lease: { seq: 1, ms: 1 },
      wanted: { node: 'n2', task: 't', generation: 1 },
      order: { kind: 'move', generation: 1, by: 'person/test', reason: '' },
      address: { id: 'a', ip: '127.0.0.9' },
      unfenced: [unfenced('n0', { tokens: [{ volume: 'data', token: 't' }] })],
      proofs: [proof('n0')],
    }),
    decode: decodeMember,
  },
  { kind: 'node', record: { schema: 1, facts: nodeFacts('n1', 'zone-1') }, decode: decodeNode },
  {
    kind: 'beat',
    record: beat('n1', {
      members: [{ member: 's1/0', generation: 1, state: 'mounted', role: '', ready: true }],
      goneBoots: [proof('n1')],
    }),
    decode: decodeBeat,
  },
  { kind: 'reservation', record: { schema: 1, owner: 's1' }, decode: decodeReservation },
];

/** The same with a field in each object of it that no program knows yet. */
export function withLater<T>(value: T): T {
  if (Array.isArray(value)) return value.map((item: unknown) => withLater(item)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([key, item]) => [key, withLater(item)] as const);
  return { ...Object.fromEntries(fields), later: 'kept' } as T;
}

/** As a database gives it back. */
export function stored(record: object): Json {
  return JSON.parse(JSON.stringify(record)) as Json;
}
