import { Backoff } from '../backoff.ts';
import { FireCampError } from '../error.ts';
import type { FenceProof } from '../fence/fencer.ts';
import type { BeatRecord } from '../model/beat.ts';
import type { MemberRecord, Order, Unfenced } from '../model/member.ts';
import { leaseWaitMs } from '../model/timing.ts';
import { decideFence, type FenceView } from './fence-decision.ts';
import { fenceEntry } from './fencing.ts';
import { recordGone } from './gone-boots.ts';
import { MemberCell } from './member-cell.ts';
import { freePermit } from './member-permit.ts';
import { reachOf } from './node-parts.ts';
import { isWantedByNobody, orderOf } from './orders.ts';
import { permitWhile } from './permit-while.ts';
import type { Stored } from './record-store.ts';
import { decideRetire } from './retire-decision.ts';
import { Stopwatch } from './silence.ts';
import { backendsSay, retire, withOrder, withProofs } from './transitions.ts';
import { entryOfOwner, type ObservedHolder } from './unfenced.ts';
import type { WardenContext } from './warden-context.ts';

/** What a manager does for members: fences for claimants, and takes what is stuck from its owner. */
export class MemberWatch {
  readonly #context: WardenContext;
  readonly #patience: Stopwatch;
  /** For what is asked of backends: records and beats are watched all along. */
  readonly #backoff: Backoff;

  constructor(context: WardenContext) {
    this.#context = context;
    this.#patience = new Stopwatch(context.parts.clock);
    this.#backoff = new Backoff(context.parts);
  }

  /** Ends a round: what was not looked at in it is forgotten. */
  sweep(): void {
    this.#patience.sweep();
    this.#backoff.sweep();
  }

  /**
   * Does what is due for one member.
   *
   * @param beats - by node, listed after the member was read: enough to see that nothing is due.
   */
  async look(member: Stored<MemberRecord>, beats: ReadonlyMap<string, BeatRecord>): Promise<void> {
    const { value: record, id, revision } = member;
    if (record.phase === 'releasing') await this.#watchRelease(id, revision, record);
    const cell = new MemberCell(this.#context.members, member);
    if (record.owner !== null) {
      await this.#watchOwner(cell, member, beats.get(record.owner.node) ?? null);
    }
    if (!this.#context.rules.claimBeforeDetach && record.wanted !== null && record.owner !== null) {
      await this.#fence(cell, record, entryOfOwner(record.owner, record, this.#context.rules));
    }
    if (record.phase !== 'moving' && !isWantedByNobody(record)) return;
    for (const entry of record.unfenced) await this.#watchEntry(cell, record, entry);
    const named = record.unfenced.some((entry) => entry.named === 'backend');
    if (named && this.#backoff.take(`hear/${id}/${record.generation}`)) {
      await this.#hear(cell, record);
    }
  }

  /** A release that hangs on a node that beats would keep the member there for ever. */
  async #watchRelease(id: string, revision: string, record: MemberRecord): Promise<void> {
    const { by, timing } = this.#context.parts;
    const standsMs = this.#patience.sinceMs(`releasing/${id}/${revision}`);
    if (!this.#context.rules.stuckReleasingGetsOrder || standsMs < timing.releaseStuckMs) return;
    if (orderOf(record, this.#context.rules) !== null) return;
    const cell = new MemberCell(this.#context.members, { id, value: record, revision });
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

  /** A member that nobody claims is not left to an owner that cannot give it up any more. */
  async #watchOwner(
    cell: MemberCell,
    read: Stored<MemberRecord>,
    listed: BeatRecord | null,
  ): Promise<void> {
    const { clock, pool, timing } = this.#context.parts;
    const standsMs = this.#patience.sinceMs(`owner/${read.id}/${read.revision}`);
    const patienceMs = Math.max(timing.adoptMs, leaseWaitMs(timing.leaseMs, this.#context.lateMs));
    const view = { record: read.value, ownerBeat: listed, standsMs, patienceMs };
    const { owner } = read.value;
    if (owner === null || decideRetire(view, this.#context.rules).kind === 'leave') return;
    const ownerBeat = (await this.#context.beats.read(owner.node))?.value ?? null;
    const decision = decideRetire({ ...view, ownerBeat }, this.#context.rules);
    if (decision.kind === 'leave') return;
    const reach = reachOf(read.value, pool);
    const by = { reach, atMs: clock.wallNowMs(), rules: this.#context.rules };
    const retired = retire(read.value, by);
    if (retired === null) return;
    const { generation } = retired;
    const proofs = decision.proof === null ? [] : [{ ...decision.proof, generation }];
    const next = withProofs(retired, proofs, reach) ?? retired;
    const written = await cell.replace(read, next);
    if (written !== null) this.#say('member.retired', read.id, decision.reason);
  }

  async #watchEntry(cell: MemberCell, record: MemberRecord, entry: Unfenced): Promise<void> {
    const key = `entry/${cell.id}/${record.generation}/${entry.node}/${entry.boot}/${entry.named}`;
    const standsMs = this.#patience.sinceMs(key);
    const decision = decideFence(
      await this.#viewOf(cell, record, entry, standsMs),
      this.#context.rules,
    );
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
        if (this.#backoff.take(key)) await this.#fence(cell, record, entry);
    }
  }

  async #viewOf(
    cell: MemberCell,
    record: MemberRecord,
    entry: Unfenced,
    standsMs: number,
  ): Promise<FenceView> {
    const beat = (await this.#context.beats.read(entry.node))?.value ?? null;
    const { releaseStuckMs: stuckMs } = this.#context.parts.timing;
    return { member: cell.id, record, entry, beat, standsMs, stuckMs };
  }

  /** Acts only while a strong read still shows the generation, the entry and the reason. */
  async #fence(cell: MemberCell, record: MemberRecord, entry: Unfenced): Promise<void> {
    const { fencers, timing, pool, clock } = this.#context.parts;
    const facts = (await this.#context.nodes.read(entry.node))?.value.facts ?? null;
    const { generation } = record;
    const permit = permitWhile(freePermit(generation, timing.requestMs), {
      clock,
      freshMs: timing.requestMs,
      holds: () => this.#stillDue(cell, generation, entry),
      refusal: (request) =>
        new FireCampError(
          'ABORTED',
          `member ${cell.id}: it need not be fenced any more, so ${request} is not sent`,
          { operation: 'Permit.ask', subject: { member: cell.id, request } },
        ),
    });
    const reach = reachOf(record, pool);
    const fenced = await fenceEntry({ entry, facts, fencers, reach, permit });
    if (fenced.proofs.length === 0) {
      this.#say('member.unprovable', cell.id, `${entry.node}: ${fenced.reason}`);
      return;
    }
    for (const proof of fenced.proofs) {
      if (proof.volume === null) await recordGone(this.#context, entry.node, proof);
    }
    await this.#append(cell, fenced.proofs);
  }

  async #stillDue(cell: MemberCell, generation: number, entry: Unfenced): Promise<boolean> {
    const record = (await cell.read())?.value;
    if (record === undefined || record.generation !== generation) return false;
    if (!this.#context.rules.claimBeforeDetach) return true;
    const standing = record.unfenced.find(
      ({ node, boot, named }) =>
        node === entry.node && boot === entry.boot && named === entry.named,
    );
    if (standing === undefined) return false;
    const key = `entry/${cell.id}/${generation}/${entry.node}/${entry.boot}/${entry.named}`;
    const view = await this.#viewOf(cell, record, standing, this.#patience.sinceMs(key));
    return decideFence(view, this.#context.rules).kind === 'fence';
  }

  async #append(cell: MemberCell, proofs: readonly FenceProof[]): Promise<void> {
    const { pool } = this.#context.parts;
    const written = await cell.change((record) =>
      withProofs(record, proofs, reachOf(record, pool)),
    );
    if (written === null) return;
    const kinds = proofs.map(({ kind, holder }) => `${holder.node}: ${kind}`).join(', ');
    this.#say('member.fenced', cell.id, `generation ${written.generation}: ${kinds}`);
  }

  #say(
    kind: 'member.ordered' | 'member.retired' | 'member.unprovable' | 'member.fenced',
    member: string,
    text: string,
  ): void {
    this.#context.say({ kind, subject: { member }, text });
  }

  /** What a backend named leaves when the backend, asked again, names it no more. */
  async #hear(cell: MemberCell, record: MemberRecord): Promise<void> {
    const { volumes } = this.#context.parts;
    if (volumes === null) return;
    const observed: ObservedHolder[] = [];
    for (const { id } of record.volumes) {
      for (const holder of await volumes.holders(id)) observed.push({ volume: id, holder });
    }
    await cell.change((current) => backendsSay(current, record.generation, observed));
  }
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
