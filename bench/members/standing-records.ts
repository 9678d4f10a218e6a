import {
  BEAT_SCHEMA,
  COLLECTIONS,
  type Database,
  type Entry,
  type Json,
  MEMBER_SCHEMA,
  type MemberRecord,
  memberId,
} from '@firecamp/core';

const NODES = 10;
const SERVICE_MEMBERS = 10;

/**
 * The records of a cluster where all is well: members that are mounted, and nodes that beat. Kept
 * as text, so that whatever a reader holds on to is its own.
 */
export class StandingRecords {
  readonly #members: readonly (readonly [string, string])[];
  #beats: readonly (readonly [string, string])[] = [];
  #seq = 0;
  /** Changes that somebody wished: none, where all is well. */
  wishes = 0;

  constructor(members: number) {
    this.#members = Array.from({ length: members }, (_, index) => {
      const record = memberRecord(index);
      return [memberId(record), JSON.stringify(record)] as const;
    });
    this.beat();
  }

  /** Every member's record, as a database keeps it. */
  memberTexts(): readonly string[] {
    return this.#members.map(([, text]) => text);
  }

  /** Every node beats once. */
  beat(): void {
    this.#seq += 1;
    this.#beats = Array.from({ length: NODES }, (_, node) => {
      const members = this.#members.filter((_member, index) => index % NODES === node);
      return [`n${node}`, JSON.stringify(beatRecord(node, this.#seq, members))] as const;
    });
  }

  database(): Database {
    return {
      capabilities: { atomicWritesMax: 25, valueBytesMax: 262_144, watch: false },
      get: async () => null,
      list: (collection) => this.#list(collection),
      write: async () => {
        this.wishes += 1;
        throw new Error('nothing is to be written here');
      },
      watch: () => {
        throw new Error('this database gives no hints');
      },
    };
  }

  async *#list(collection: string): AsyncGenerator<Entry> {
    const revision = `${collection}-${this.#seq}`;
    for (const [id, text] of this.#recordsOf(collection)) {
      const value: Json = JSON.parse(text);
      yield { collection, id, value, revision, token: 'standing', removed: false };
    }
  }

  #recordsOf(collection: string): readonly (readonly [string, string])[] {
    if (collection === COLLECTIONS.members) return this.#members;
    return collection === COLLECTIONS.beats ? this.#beats : [];
  }
}

function memberRecord(index: number): MemberRecord {
  const node = `n${index % NODES}`;
  const service = `u${Math.floor(index / SERVICE_MEMBERS)}`;
  const ordinal = index % SERVICE_MEMBERS;
  const name = `s${service}-${ordinal}`;
  const volume = { id: `${service}-${ordinal}-data`, role: 'data', fsUuid: `fs-${index}` };
  return {
    schema: MEMBER_SCHEMA,
    service,
    ordinal,
    name,
    dnsName: `${name}.bench.internal`,
    zone: null,
    address: null,
    generation: 1,
    phase: 'mounted',
    owner: { node, boot: `${node}-boot`, incarnation: `${node}-agent`, task: `task-${index}` },
    lease: null,
    wanted: null,
    order: null,
    unfenced: [],
    proofs: [],
    volumes: [{ ...volume, format: 'done', holderToken: `holder-${index}` }],
    seeded: true,
    nameGeneration: 1,
    sinceMs: 0,
    lastError: '',
  };
}

function beatRecord(
  node: number,
  seq: number,
  members: readonly (readonly [string, string])[],
): object {
  const said = { generation: 1, state: 'running', role: 'member', ready: true };
  return {
    schema: BEAT_SCHEMA,
    node: `n${node}`,
    boot: `n${node}-boot`,
    incarnation: `n${node}-agent`,
    seq,
    state: 'beating',
    members: members.map(([member]) => ({ member, ...said })),
    goneBoots: [],
  };
}
