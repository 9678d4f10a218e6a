import type { Clock, Random } from '../clock.ts';
import type { Database } from '../database/database.ts';
import { FireCampError } from '../error.ts';
import type { EventSink } from '../event.ts';
import type { FenceProof, Fencer } from '../fence/fencer.ts';
import { type BeatRecord, bootGone, decodeBeat } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import { decodeMember, type MemberRecord, type Order, type Unfenced } from '../model/member.ts';
import { type MemberRef, memberId } from '../model/member-ref.ts';
import { decodeNode, type NodeRecord } from '../model/node-record.ts';
import type { Timing } from '../model/timing.ts';
import type { AddressPool } from '../registry/addresses.ts';
import type { VolumeStore } from '../volume/volume-store.ts';
import { declaredSilent, withGoneBoot } from './beats.ts';
import { type Explained, explain } from './explain.ts';
import { decideFence, type FenceView } from './fence-decision.ts';
import { fenceEntry } from './fencing.ts';
import { MemberCell } from './member-cell.ts';
import { reachOf } from './node-parts.ts';
import { orderOf } from './orders.ts';
import { RecordStore, type Stored } from './record-store.ts';
import { PROTOCOL_RULES, type ProtocolRules } from './rules.ts';
import { BeatWatch, Stopwatch } from './silence.ts';
import { backendsSay, withOrder, withProofs } from './transitions.ts';
import { entryOfOwner, type ObservedHolder } from './unfenced.ts';
import { WardenPermit } from './warden-permit.ts';

/** What the manager's half of ownership is made from. */
export interface WardenParts {
  /** `manager/<id>`, for records and events. */
  readonly by: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  readonly database: Database;
  /** All that are configured, in the order in which they are tried. */
  readonly fencers: readonly Fencer[];
  /** Null where members have no volumes, or where the orchestrator binds them. */
  readonly volumes: VolumeStore | null;
  readonly pool: AddressPool | null;
  readonly events: EventSink;
  /** All rules of the protocol; left out: on. Only the simulator gives others. */
  readonly rules?: ProtocolRules;
}

/** What a look is told by others. */
export interface WardenHints {
  /** The orchestrator's ids of nodes that it says have ended for good: that is then proven. */
  readonly gone: ReadonlySet<string>;
  readonly signal?: AbortSignal;
}

/**
 * The manager's half of ownership: it watches beats, declares silence, fences what members left
 * unfenced, and orders what is stuck to be fenced. Any number may look at one cluster: each act is a
 * compare-and-set, or rests on a strong read of the generation that it serves.
 */
export class Warden {
  readonly #parts: WardenParts;
  readonly #rules: ProtocolRules;
  readonly #beats: RecordStore<BeatRecord>;
  readonly #members: RecordStore<MemberRecord>;
  readonly #nodes: RecordStore<NodeRecord>;
  readonly #silence: BeatWatch = new BeatWatch();
  readonly #patience: Stopwatch;

  constructor(parts: WardenParts) {
    const { database, clock, random, timing } = parts;
    const store = <T extends object>(
      collection: string,
      decode: (value: unknown) => T,
    ): RecordStore<T> =>
      new RecordStore({ database, clock, random, collection, decode, retryMs: timing.pollMs });
    this.#parts = parts;
    this.#rules = parts.rules ?? PROTOCOL_RULES;
    this.#beats = store(COLLECTIONS.beats, decodeBeat);
    this.#members = store(COLLECTIONS.members, decodeMember);
    this.#nodes = store(COLLECTIONS.nodes, decodeNode);
    this.#patience = new Stopwatch(clock);
  }

  /**
   * Looks once at every beat: declares silence, and proves that nodes which ended for good did. To
   * be called every `pollMs` or so. A subject that fails does not keep the others waiting: it is
   * told to the event sink.
   *
   * @throws what the database throws where the list cannot be had.
   */
  async lookAtBeats(hints: WardenHints): Promise<void> {
    const askedMs = this.#parts.clock.monotonicMs();
    const beats = await this.#listBeats(hints.signal);
    const answeredMs = this.#parts.clock.monotonicMs();
    const gone = hints.gone.size === 0 ? [] : await this.#endedOf(beats, hints);
    await Promise.all([
      ...beats.map((beat) =>
        this.#safely(beat.id, () => this.#watchBeat(beat, { askedMs, answeredMs })),
      ),
      ...gone.map(({ value }) => this.#safely(value.node, () => this.#proveGone(value))),
    ]);
  }

  /**
   * Looks once at every member and fences, proves and orders what is due. To be called every
   * `beatMs` or so; otherwise as {@link lookAtBeats}.
   */
  async lookAtMembers(signal?: AbortSignal): Promise<void> {
    const beats = await this.#listBeats(signal);
    const members: Stored<MemberRecord>[] = [];
    const call = signal === undefined ? {} : { signal };
    for await (const member of this.#members.list(call, this.#bad)) members.push(member);
    for (const { node, boot } of olderBoots(members, beats)) {
      await this.#safely(node, () => this.#proveBoot(node, boot));
    }
    await Promise.all(
      members.map((member) => this.#safely(member.id, () => this.#watchMember(member))),
    );
    this.#patience.sweep();
  }

  /**
   * Records an order for the generation that stands now. A repeat replaces it.
   *
   * @throws `NOT_FOUND` - no such member. `FAILED_PRECONDITION` - nobody owns it.
   */
  async order(ref: MemberRef, order: Pick<Order, 'kind' | 'by' | 'reason'>): Promise<MemberRecord> {
    const cell = new MemberCell(this.#members, memberId(ref));
    const read = await cell.read();
    if (read === null) throw this.#error('NOT_FOUND', cell.id, 'there is no such member');
    const written = await cell.change((record) =>
      withOrder(record, { ...order, generation: record.generation }),
    );
    if (written === null) throw this.#error('FAILED_PRECONDITION', cell.id, 'nobody owns it');
    return written;
  }

  /**
   * A person takes the risk that a holder may still write. It counts for this generation and this
   * holder only.
   *
   * @throws `CONFLICT` - the member has another generation by now, or no such entry.
   */
  async acceptRisk(
    ref: MemberRef,
    risk: {
      readonly generation: number;
      readonly node: string;
      readonly boot: string;
      readonly by: string;
      readonly reason: string;
    },
  ): Promise<MemberRecord> {
    const cell = new MemberCell(this.#members, memberId(ref));
    await cell.read();
    const proof: FenceProof = {
      kind: 'accepted-risk',
      holder: { node: risk.node, token: risk.boot, writable: true },
      boot: risk.boot,
      volume: null,
      generation: risk.generation,
      observed: risk.reason,
      by: risk.by,
      sinceMs: this.#parts.clock.wallNowMs(),
    };
    const written = await cell.change((record) =>
      record.unfenced.some(({ node, boot }) => node === risk.node && boot === risk.boot)
        ? withProofs(record, [proof], reachOf(record, this.#parts.pool))
        : null,
    );
    if (written === null) throw this.#error('CONFLICT', cell.id, 'it is another generation by now');
    return written;
  }

  /** Who owns a member, what stands in the way, and what to do about it; null where it is absent. */
  async explain(ref: MemberRef): Promise<Explained | null> {
    const read = await this.#members.read(memberId(ref));
    if (read === null) return null;
    const beats = new Map<string, BeatRecord>();
    const { owner, unfenced } = read.value;
    for (const node of new Set(
      [...(owner === null ? [] : [owner]), ...unfenced].map((e) => e.node),
    )) {
      const beat = await this.#beats.read(node);
      if (beat !== null) beats.set(node, beat.value);
    }
    return explain(read.value, { beats, fencers: this.#parts.fencers.length, rules: this.#rules });
  }

  async #listBeats(signal: AbortSignal | undefined): Promise<readonly Stored<BeatRecord>[]> {
    const beats: Stored<BeatRecord>[] = [];
    const call = signal === undefined ? {} : { signal };
    for await (const beat of this.#beats.list(call, this.#bad)) beats.push(beat);
    return beats;
  }

  async #endedOf(
    beats: readonly Stored<BeatRecord>[],
    { gone, signal }: WardenHints,
  ): Promise<readonly Stored<BeatRecord>[]> {
    const ended = new Set<string>();
    const call = signal === undefined ? {} : { signal };
    for await (const { id, value } of this.#nodes.list(call, this.#bad)) {
      if (gone.has(value.facts.orchestratorNode)) ended.add(id);
    }
    return beats.filter(({ id }) => ended.has(id));
  }

  async #proveGone(beat: BeatRecord): Promise<void> {
    if (bootGone(beat, beat.boot) === null) await this.#proveBoot(beat.node, beat.boot);
  }

  /** Declares silence on exactly the beat that it saw unchanged. */
  async #watchBeat(
    beat: Stored<BeatRecord>,
    read: { readonly askedMs: number; readonly answeredMs: number },
  ): Promise<void> {
    const unchangedMs = this.#silence.unchangedMs(beat.value, read);
    const silent = declaredSilent(beat.value);
    if (silent === null || unchangedMs < this.#parts.timing.silentAfterMs) return;
    const outcome = await this.#beats.replace(beat, silent);
    if (outcome.won) this.#say('node.silent', beat.value.node, `no beat for ${unchangedMs} ms`);
  }

  /** Proves that a whole boot has ended, and records it where every claimant looks. */
  async #proveBoot(node: string, boot: string): Promise<void> {
    const { fencers, timing } = this.#parts;
    const facts = (await this.#nodes.read(node))?.value.facts ?? null;
    const entry: Unfenced = { node, boot, generation: 0, named: 'record', tokens: [], task: '' };
    const permit = { generation: 1, ask: async () => timing.requestMs };
    const reach = fencers.filter(({ capabilities }) => capabilities.reach === 'node');
    const fenced = await fenceEntry({ entry, facts, fencers: reach, permit });
    for (const proof of fenced.proofs) await this.#recordGone(node, proof);
  }

  async #recordGone(node: string, proof: FenceProof): Promise<void> {
    const beat = await this.#beats.read(node);
    const next = beat === null ? null : withGoneBoot(beat.value, proof);
    if (beat === null || next === null) return;
    const outcome = await this.#beats.replace(beat, next);
    if (outcome.won) this.#say('node.gone', node, `boot ${proof.boot}: ${proof.kind}`);
  }

  async #watchMember(member: Stored<MemberRecord>): Promise<void> {
    const { value: record, id, revision } = member;
    if (record.phase === 'releasing') await this.#watchRelease(id, revision, record);
    const cell = new MemberCell(this.#members, member);
    if (!this.#rules.claimBeforeDetach && record.wanted !== null && record.owner !== null) {
      await this.#fence(cell, record, entryOfOwner(record.owner, record, this.#rules));
    }
    if (record.phase !== 'moving') return;
    for (const entry of record.unfenced) await this.#watchEntry(cell, record, entry);
    if (record.unfenced.some(({ named }) => named === 'backend')) await this.#hear(cell, record);
  }

  /** A release that hangs on a node that beats would keep the member there for ever. */
  async #watchRelease(id: string, revision: string, record: MemberRecord): Promise<void> {
    const { by, timing } = this.#parts;
    const standsMs = this.#patience.sinceMs(`releasing/${id}/${revision}`);
    if (!this.#rules.stuckReleasingGetsOrder || standsMs < timing.releaseStuckMs) return;
    if (orderOf(record, this.#rules) !== null) return;
    const cell = new MemberCell(this.#members, { id, value: record, revision });
    const order: Order = {
      kind: 'fence',
      generation: record.generation,
      by,
      reason: 'its release stands still',
    };
    const written = await cell.change((current) =>
      current.phase === 'releasing' ? withOrder(current, order) : null,
    );
    if (written !== null) this.#say('member.ordered', id, 'fence: its release stands still');
  }

  async #watchEntry(cell: MemberCell, record: MemberRecord, entry: Unfenced): Promise<void> {
    const key = `entry/${cell.id}/${record.generation}/${entry.node}/${entry.boot}/${entry.named}`;
    const standsMs = this.#patience.sinceMs(key);
    const decision = decideFence(await this.#viewOf(cell, record, entry, standsMs), this.#rules);
    switch (decision.kind) {
      case 'spare':
        return;
      case 'absent':
        await cell.change((current) => withoutEntry(current, record.generation, entry));
        return;
      case 'proven':
        await this.#append(cell, [decision.proof]);
        return;
      case 'fence':
        await this.#fence(cell, record, entry);
    }
  }

  async #viewOf(
    cell: MemberCell,
    record: MemberRecord,
    entry: Unfenced,
    standsMs: number,
  ): Promise<FenceView> {
    const beat = (await this.#beats.read(entry.node))?.value ?? null;
    const { releaseStuckMs: stuckMs } = this.#parts.timing;
    return { member: cell.id, record, entry, beat, standsMs, stuckMs };
  }

  /** Acts only while a strong read still shows the generation, the entry and the reason. */
  async #fence(cell: MemberCell, record: MemberRecord, entry: Unfenced): Promise<void> {
    const { fencers, timing } = this.#parts;
    const facts = (await this.#nodes.read(entry.node))?.value.facts ?? null;
    const { generation } = record;
    const permit = new WardenPermit({
      generation,
      requestMs: timing.requestMs,
      member: cell.id,
      stillDue: async () => this.#stillDue(cell, generation, entry),
    });
    const fenced = await fenceEntry({ entry, facts, fencers, permit });
    if (fenced.proofs.length === 0) {
      this.#say('member.unprovable', cell.id, `${entry.node}: ${fenced.reason}`);
      return;
    }
    for (const proof of fenced.proofs) {
      if (proof.volume === null) await this.#recordGone(entry.node, proof);
    }
    await this.#append(cell, fenced.proofs);
  }

  async #stillDue(cell: MemberCell, generation: number, entry: Unfenced): Promise<boolean> {
    const record = (await cell.read())?.value;
    if (record === undefined || record.generation !== generation) return false;
    if (!this.#rules.claimBeforeDetach) return true;
    const standing = record.unfenced.find(
      ({ node, boot, named }) =>
        node === entry.node && boot === entry.boot && named === entry.named,
    );
    if (standing === undefined) return false;
    const key = `entry/${cell.id}/${generation}/${entry.node}/${entry.boot}/${entry.named}`;
    const view = await this.#viewOf(cell, record, standing, this.#patience.sinceMs(key));
    return decideFence(view, this.#rules).kind === 'fence';
  }

  async #append(cell: MemberCell, proofs: readonly FenceProof[]): Promise<void> {
    const { pool } = this.#parts;
    const written = await cell.change((record) =>
      withProofs(record, proofs, reachOf(record, pool)),
    );
    if (written === null) return;
    const kinds = proofs.map(({ kind, holder }) => `${holder.node}: ${kind}`).join(', ');
    this.#say('member.fenced', cell.id, `generation ${written.generation}: ${kinds}`);
  }

  /** What a backend named leaves when the backend, asked again, names it no more. */
  async #hear(cell: MemberCell, record: MemberRecord): Promise<void> {
    const { volumes } = this.#parts;
    if (volumes === null) return;
    const observed: ObservedHolder[] = [];
    for (const { id } of record.volumes) {
      for (const holder of await volumes.holders(id)) observed.push({ volume: id, holder });
    }
    await cell.change((current) => backendsSay(current, record.generation, observed));
  }

  async #safely(subject: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      this.#say('warden.failed', subject, error.message);
    }
  }

  #bad = (id: string, error: FireCampError): void => {
    this.#say('record.unreadable', id, error.message);
  };

  #say(kind: string, subject: string, text: string): void {
    const { events, clock, by } = this.#parts;
    events({ atMs: clock.wallNowMs(), kind, by, subject: { id: subject }, text });
  }

  #error(
    code: 'NOT_FOUND' | 'FAILED_PRECONDITION' | 'CONFLICT',
    member: string,
    why: string,
  ): FireCampError {
    return new FireCampError(code, `member ${member}: ${why}`, {
      operation: 'Warden',
      subject: { member },
    });
  }
}

/** Boots of owners whose node runs another one by now: a claim will ask for the proof of their end. */
function olderBoots(
  members: readonly Stored<MemberRecord>[],
  beats: readonly Stored<BeatRecord>[],
): readonly { readonly node: string; readonly boot: string }[] {
  const standing = new Map(beats.map(({ value }) => [value.node, value]));
  const found = new Map<string, { readonly node: string; readonly boot: string }>();
  for (const { value } of members) {
    const { owner } = value;
    const beat = owner === null ? undefined : standing.get(owner.node);
    if (owner === null || beat === undefined || beat.boot === owner.boot) continue;
    if (bootGone(beat, owner.boot) === null) {
      found.set(`${owner.node}/${owner.boot}`, { node: owner.node, boot: owner.boot });
    }
  }
  return [...found.values()];
}

/** Only without the rule on absence. */
function withoutEntry(
  record: MemberRecord,
  generation: number,
  entry: Unfenced,
): MemberRecord | null {
  if (record.generation !== generation) return null;
  const unfenced = record.unfenced.filter(
    ({ node, boot, named }) => node !== entry.node || boot !== entry.boot || named !== entry.named,
  );
  return { ...record, unfenced };
}
