import { Backoff } from '../backoff.ts';
import { FireCampError } from '../error.ts';
import type { FenceProof } from '../fence/fencer.ts';
import { type BeatRecord, bootGone } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import type { MemberRecord, Order } from '../model/member.ts';
import { type MemberRef, memberId } from '../model/member-ref.ts';
import { declaredSilent } from './beats.ts';
import { FenceUpkeep } from './fence-upkeep.ts';
import { proveBoot } from './gone-boots.ts';
import { MemberCell } from './member-cell.ts';
import { MemberWatch } from './member-watch.ts';
import { reachOf } from './node-parts.ts';
import type { Stored } from './record-store.ts';
import { BeatWatch } from './silence.ts';
import { withOrder, withProofs } from './transitions.ts';
import { type WardenContext, type WardenParts, wardenContext } from './warden-context.ts';

/** What a look is told by others. */
export interface WardenHints {
  /**
   * Asks for the orchestrator's ids of nodes that it says have ended for good: that is then proven.
   * Asked after the beats were read, so that what is said is never of a boot before them.
   */
  readonly gone: () => Promise<ReadonlySet<string>>;
  readonly signal?: AbortSignal;
}

/**
 * The manager's half of ownership: it watches beats, declares silence, fences what members left
 * unfenced, and orders what is stuck to be fenced. Any number may look at one cluster: each act is a
 * compare-and-set, or rests on a strong read of the generation that it serves.
 */
export class Warden {
  readonly #context: WardenContext;
  readonly #silence: BeatWatch = new BeatWatch();
  readonly #watch: MemberWatch;
  readonly #upkeep: readonly FenceUpkeep[];
  readonly #backoff: Backoff;

  constructor(parts: WardenParts) {
    this.#context = wardenContext(parts);
    this.#watch = new MemberWatch(this.#context);
    this.#upkeep = parts.fencers.map((fencer) => new FenceUpkeep(this.#context, fencer));
    this.#backoff = new Backoff(parts);
  }

  /**
   * Looks once at every beat: declares silence, and proves that nodes which ended for good did. To
   * be called every `pollMs` or so. A subject that fails does not keep the others waiting: it is
   * told to the event sink.
   *
   * @throws what the database throws where the list cannot be had.
   */
  async lookAtBeats(hints: WardenHints): Promise<void> {
    const askedMs = this.#context.parts.clock.monotonicMs();
    const beats = await this.#listBeats(hints.signal);
    const answeredMs = this.#context.parts.clock.monotonicMs();
    await Promise.all([
      ...beats.map((beat) =>
        this.#safely(beat.id, () => this.#watchBeat(beat, { askedMs, answeredMs })),
      ),
      this.#proveEnds(beats, hints),
    ]);
  }

  /**
   * Looks once at every member and fences, proves and orders what is due. To be called every
   * `beatMs` or so; otherwise as {@link lookAtBeats}.
   */
  async lookAtMembers(signal?: AbortSignal): Promise<void> {
    const members: Stored<MemberRecord>[] = [];
    const call = signal === undefined ? {} : { signal };
    for await (const member of this.#context.members.list(call, this.#badIn(COLLECTIONS.members)))
      members.push(member);
    // After the members: whom they name beat before, so that a boot which no beat shows is an older one.
    const beats = await this.#listBeats(signal);
    for (const { node, boot } of olderBoots(members, beats)) {
      await this.#safely(node, () => this.#prove(node, boot));
    }
    const byNode = new Map(beats.map(({ value }) => [value.node, value]));
    await Promise.all(
      members.map((member) => this.#safely(member.id, () => this.#watch.look(member, byNode))),
    );
    this.#watch.sweep();
    this.#backoff.sweep();
  }

  /** Looks after the fences that stand, as often as they need it. To be called as the one above. */
  async lookAtFences(signal?: AbortSignal): Promise<void> {
    await Promise.all(
      this.#upkeep.map((upkeep, index) =>
        this.#safely('fences', () =>
          this.#backoff.unlessExhausted(`fences/${index}`, () => upkeep.look(signal)),
        ),
      ),
    );
  }

  /**
   * Records an order for the generation that stands now. A repeat replaces it.
   *
   * @throws `NOT_FOUND` - no such member. `FAILED_PRECONDITION` - nobody owns it.
   */
  async order(ref: MemberRef, order: Pick<Order, 'kind' | 'by' | 'reason'>): Promise<MemberRecord> {
    const cell = new MemberCell(this.#context.members, memberId(ref));
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
   * @throws `FAILED_PRECONDITION` - that very run of the node beats: what is alive can be asked,
   *   stopped or fenced, and a person who wants to go on stops it first.
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
    const cell = new MemberCell(this.#context.members, memberId(ref));
    await cell.read();
    const beat = (await this.#context.beats.read(risk.node))?.value;
    if (beat?.boot === risk.boot && (beat.state === 'beating' || beat.state === 'returning')) {
      throw this.#error('FAILED_PRECONDITION', cell.id, `${risk.node} beats, so it may well write`);
    }
    const proof: FenceProof = {
      kind: 'accepted-risk',
      holder: { node: risk.node, token: risk.boot, writable: true },
      boot: risk.boot,
      volume: null,
      generation: risk.generation,
      observed: risk.reason,
      by: risk.by,
      sinceMs: this.#context.parts.clock.wallNowMs(),
    };
    const written = await cell.change((record) =>
      record.unfenced.some(({ node, boot }) => node === risk.node && boot === risk.boot)
        ? withProofs(record, [proof], reachOf(record, this.#context.parts.pool))
        : null,
    );
    if (written === null) throw this.#error('CONFLICT', cell.id, 'it is another generation by now');
    return written;
  }

  async #listBeats(signal: AbortSignal | undefined): Promise<readonly Stored<BeatRecord>[]> {
    const beats: Stored<BeatRecord>[] = [];
    const call = signal === undefined ? {} : { signal };
    for await (const beat of this.#context.beats.list(call, this.#badIn(COLLECTIONS.beats)))
      beats.push(beat);
    return beats;
  }

  async #proveEnds(beats: readonly Stored<BeatRecord>[], hints: WardenHints): Promise<void> {
    const gone = await hints.gone();
    if (gone.size === 0) return;
    const ended = new Set<string>();
    const call = hints.signal === undefined ? {} : { signal: hints.signal };
    for await (const { id, value } of this.#context.nodes.list(
      call,
      this.#badIn(COLLECTIONS.nodes),
    )) {
      if (gone.has(value.facts.orchestratorNode)) ended.add(id);
    }
    const subjects = beats.filter(({ id }) => ended.has(id));
    await Promise.all(
      subjects.map(({ id, value }) => this.#safely(id, () => this.#proveGone(value))),
    );
  }

  async #proveGone(beat: BeatRecord): Promise<void> {
    if (bootGone(beat, beat.boot) === null) await this.#prove(beat.node, beat.boot);
  }

  async #prove(node: string, boot: string): Promise<void> {
    if (!this.#backoff.take(`boot/${node}/${boot}`)) return;
    await proveBoot(this.#context, node, boot);
  }

  /** Declares silence on exactly the beat that it saw unchanged. */
  async #watchBeat(
    beat: Stored<BeatRecord>,
    read: { readonly askedMs: number; readonly answeredMs: number },
  ): Promise<void> {
    const unchangedMs = this.#silence.unchangedMs(beat.value, read);
    const silent = declaredSilent(beat.value);
    if (silent === null || unchangedMs < this.#context.parts.timing.silentAfterMs) return;
    const outcome = await this.#context.beats.replace(beat, silent);
    if (!outcome.won) return;
    const { node } = beat.value;
    const text = `no beat for ${unchangedMs} ms`;
    this.#context.say({ kind: 'node.silent', subject: { node }, text });
  }

  async #safely(about: string, act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      this.#context.say({ kind: 'warden.failed', subject: { about }, text: error.message });
    }
  }

  #badIn(collection: string): (id: string, error: FireCampError) => void {
    return (id, error) => {
      const subject = { collection, id };
      this.#context.say({ kind: 'record.unreadable', subject, text: error.message });
    };
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
