import {
  type BeatRecord,
  type CallOptions,
  COLLECTIONS,
  type Database,
  type DatabaseCapabilities,
  decodeBeat,
  decodeMember,
  decodeNode,
  type Entry,
  FireCampError,
  type Hint,
  type LeaseWatch,
  type ListOptions,
  type MemberRecord,
  type ProofKind,
  type Reach,
  type Write,
} from '@firecamp/core';
import { beatChangeFault } from './beat-change.ts';
import { differs } from './changed.ts';
import { memberChangeRefusal } from './member-change.ts';
import type { MemberView } from './member-view.ts';
import { addedProofs } from './unfenced-change.ts';

/** What an agent may read: all that a claim rests on. */
const READABLE: ReadonlySet<string> = new Set([
  COLLECTIONS.services,
  COLLECTIONS.members,
  COLLECTIONS.nodes,
  COLLECTIONS.beats,
]);

/** What the rights of a node's agent rest on. */
export interface NodeRights {
  readonly node: string;
  /** Shared by all agents: it has seen a lease as early as any of them. */
  readonly leases: LeaseWatch;
  readonly reachOf: (record: MemberRecord) => Reach;
  readonly agentProofs: readonly ProofKind[];
}

/**
 * The database as the agent of one node may use it. A change is allowed or refused on the very
 * record that it replaces: whoever writes in between makes it fail.
 *
 * Beside what `Database` says, a write rejects with `PERMISSION_DENIED` where the protocol never
 * lets this node make it, and with `FAILED_PRECONDITION` where it does not yet.
 */
export class NodeDatabase implements Database {
  readonly capabilities: DatabaseCapabilities;
  readonly #inner: Database;
  readonly #rights: NodeRights;

  constructor(inner: Database, rights: NodeRights) {
    this.#inner = inner;
    this.#rights = rights;
    this.capabilities = { ...inner.capabilities, atomicWritesMax: 1 };
  }

  async get(collection: string, id: string, call?: CallOptions): Promise<Entry | null> {
    this.#checkReadable('Database.get', collection);
    return this.#see(await this.#inner.get(collection, id, call));
  }

  async *list(collection: string, options?: ListOptions): AsyncGenerator<Entry> {
    this.#checkReadable('Database.list', collection);
    for await (const entry of this.#inner.list(collection, options)) {
      this.#see(entry);
      yield entry;
    }
  }

  async write(writes: readonly Write[], call?: CallOptions): Promise<readonly Entry[]> {
    const [write] = writes;
    if (write === undefined) return this.#inner.write(writes, call);
    if (writes.length > 1) {
      throw new FireCampError('UNSUPPORTED', 'an agent writes one record at a time', {
        operation: 'Database.write',
      });
    }
    await this.#check(write, call);
    const written = await this.#inner.write([write], call);
    for (const entry of written) this.#see(entry);
    return written;
  }

  async *watch(collection: string, options?: ListOptions): AsyncGenerator<Hint> {
    this.#checkReadable('Database.watch', collection);
    yield* this.#inner.watch(collection, options);
  }

  async #check(write: Write, call: CallOptions | undefined): Promise<void> {
    const { node } = this.#rights;
    if (write.kind === 'remove') throw this.#denied(write, 'agents remove nothing');
    switch (write.collection) {
      case COLLECTIONS.nodes: {
        const own = write.id === node && given(write, decodeNode).facts.id === node;
        if (!own) throw this.#denied(write, 'it is the record of another node');
        return;
      }
      case COLLECTIONS.beats:
        return this.#checkBeat(write, call);
      case COLLECTIONS.members:
        if (write.kind === 'create') throw this.#denied(write, 'agents make no members');
        return this.#checkMember(write, call);
      default:
        throw this.#denied(write, 'agents write only nodes, beats and members');
    }
  }

  async #checkBeat(write: Exclude<Write, { kind: 'remove' }>, call?: CallOptions): Promise<void> {
    const { node } = this.#rights;
    if (write.id !== node) throw this.#denied(write, 'it is the beat of another node');
    const entry = write.kind === 'create' ? null : await this.#replaced(write, call);
    const before = entry === null ? null : decodeBeat(entry.value);
    const fault = beatChangeFault(node, before, given(write, decodeBeat));
    if (fault !== null) throw this.#denied(write, fault);
  }

  async #checkMember(write: Write & { kind: 'update' }, call?: CallOptions): Promise<void> {
    const { leases, node, reachOf, agentProofs } = this.#rights;
    const before = decodeMember((await this.#replaced(write, call)).value);
    const after = given(write, decodeMember);
    const leaseLeftMs = leases.leftMs(write.id, before);
    const beats = await this.#beats(before, after, call);
    const reach = reachOf(before);
    const view: MemberView = { node, before, after, beats, leaseLeftMs, reach, agentProofs };
    const refusal = memberChangeRefusal(view);
    if (refusal === null) return;
    if (refusal.kind === 'never') throw this.#denied(write, refusal.reason);
    throw new FireCampError('FAILED_PRECONDITION', `${node} must wait: ${refusal.reason}`, {
      operation: 'Database.write',
      subject: subjectOf(write),
    });
  }

  /** Read after the record, so that a node that returns in between has changed it. */
  async #beats(
    before: MemberRecord,
    after: MemberRecord,
    call?: CallOptions,
  ): Promise<ReadonlyMap<string, BeatRecord>> {
    const found = new Map<string, BeatRecord>();
    if (differs(before, after, ['generation', 'unfenced', 'proofs']) === null) return found;
    const names = new Set([this.#rights.node, before.owner?.node ?? '']);
    for (const { holder } of addedProofs(before, after) ?? []) names.add(holder.node ?? '');
    for (const name of names) {
      const entry = isName(name) ? await this.#inner.get(COLLECTIONS.beats, name, call) : null;
      if (entry !== null) found.set(name, decodeBeat(entry.value));
    }
    return found;
  }

  /** The entry that the write would replace, at the revision that it names. */
  async #replaced(
    write: Write & { kind: 'update' },
    call: CallOptions | undefined,
  ): Promise<Entry> {
    const current = await this.#inner.get(write.collection, write.id, call);
    if (current?.revision === write.revision) return current;
    throw new FireCampError('CONFLICT', `${write.id}: another entry stands there`, {
      operation: 'Database.write',
      subject: subjectOf(write),
      current,
    });
  }

  /** The wait for a lease begins with the first sight of it. */
  #see<Seen extends Entry | null>(entry: Seen): Seen {
    if (entry?.collection !== COLLECTIONS.members || entry.removed) return entry;
    const record = readable(entry.value);
    if (record !== null) this.#rights.leases.leftMs(entry.id, record);
    return entry;
  }

  #checkReadable(operation: string, collection: string): void {
    if (READABLE.has(collection)) return;
    throw new FireCampError('PERMISSION_DENIED', `agents do not read ${collection}`, {
      operation,
      subject: { collection, node: this.#rights.node },
    });
  }

  #denied(write: Write, reason: string): FireCampError {
    const { node } = this.#rights;
    return new FireCampError(
      'PERMISSION_DENIED',
      `${node} may not write ${write.collection} ${write.id}: ${reason}`,
      { operation: 'Database.write', subject: { ...subjectOf(write), node } },
    );
  }
}

/** What the caller would write. @throws `INVALID_ARGUMENT` - it is no such record. */
function given<T>(write: Write & { kind: 'create' | 'update' }, decode: (value: unknown) => T): T {
  try {
    return decode(write.value);
  } catch (error) {
    throw FireCampError.is(error, 'CORRUPT') ? notSuch(write, error) : error;
  }
}

function notSuch(write: Write, cause: FireCampError): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', cause.message, {
    operation: 'Database.write',
    subject: subjectOf(write),
    cause,
  });
}

/** Null for a record that only a newer program reads: it is the caller's to say so. */
function readable(value: unknown): MemberRecord | null {
  try {
    return decodeMember(value);
  } catch (error) {
    if (FireCampError.is(error)) return null;
    throw error;
  }
}

function subjectOf({ collection, id }: Write): Readonly<Record<string, string>> {
  return { collection, id };
}

function isName(text: string): boolean {
  return /^[a-z0-9-]{1,63}$/.test(text);
}
