import { Backoff } from '../backoff.ts';
import { FireCampError } from '../error.ts';
import type { MemberRecord, Unfenced } from '../model/member.ts';
import { Bring } from './bring.ts';
import { decideFence } from './fence-decision.ts';
import { fenceEntry } from './fencing.ts';
import { type Holdings, tokensHeld } from './holdings.ts';
import type { MemberCell } from './member-cell.ts';
import type { MemberPermit } from './member-permit.ts';
import { type NodeParts, nameAddressOf, reachOf } from './node-parts.ts';
import type { ProtocolRules } from './rules.ts';
import { stands, type Tenure } from './tenure.ts';
import { backendsSay, mounted, observe, ownAgentSays, withProofs } from './transitions.ts';
import type { ObservedHolder } from './unfenced.ts';

/** What a move needs besides the node. */
export interface MoveParts {
  readonly node: NodeParts;
  readonly cell: MemberCell;
  readonly tenure: Tenure;
  readonly permit: MemberPermit;
  /** What the kernel holds now; one place knows it. */
  readonly holdings: () => Holdings;
  /** Told of each change of what the kernel holds, as it happens. */
  readonly held: (holdings: Holdings) => void;
  /** Whether the address is still assigned to this node, since nobody else held the member since. */
  readonly addressKept: boolean;
  /** Whether this node's own kernel and runtime have let go of what an own entry names. */
  readonly ownGone: (entry: Unfenced) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Where a run of the move ended. */
export type MoveResult =
  | { readonly kind: 'mounted' }
  | { readonly kind: 'lost' }
  | { readonly kind: 'wait'; readonly reason: string };

/** What comes next in a move. */
export type MoveStep = 'lost' | 'done' | 'observe' | 'fence' | 'bring' | 'record';

/** What the next step of a move is decided on. */
export interface MoveView {
  readonly record: MemberRecord;
  readonly tenure: Tenure;
  /** Whether the backends were asked for holders under this tenure. */
  readonly observed: boolean;
  /** Whether this node still holds every volume by the token that is recorded. */
  readonly kept: boolean;
  readonly brought: boolean;
}

/** Fence what could write, bring volumes, address and name, record it: in that order. */
export function decideMove(view: MoveView, rules: ProtocolRules): MoveStep {
  const { record, tenure } = view;
  if (!stands(record, tenure)) return 'lost';
  if (record.phase !== 'moving') return 'done';
  const clean = record.unfenced.length === 0;
  const untouched = clean && view.kept;
  if (rules.observedHoldersFenced && !view.observed && !untouched) return 'observe';
  if (!clean && rules.nothingWhileUnfenced) return 'fence';
  return view.brought ? 'record' : 'bring';
}

/**
 * One tenure's move, from the claim to `mounted`. {@link run} goes on until it is done or has to
 * wait for others; it may be run again at any time, also after it has thrown.
 */
export class Move {
  readonly #parts: MoveParts;
  readonly #bring: Bring;
  readonly #stands: Map<string, number> = new Map();
  #observed = false;
  readonly #backendTurn: Backoff;
  readonly #fenceTurn: Backoff;

  constructor(parts: MoveParts) {
    this.#parts = parts;
    this.#bring = new Bring(parts);
    this.#backendTurn = new Backoff(parts.node);
    this.#fenceTurn = new Backoff(parts.node);
  }

  /** @throws `ABORTED` - the permit was refused; or what a seam throws: run it again later. */
  async run(): Promise<MoveResult> {
    const { cell, node } = this.#parts;
    for (;;) {
      const record = cell.known?.value;
      if (record === undefined) return { kind: 'lost' };
      switch (decideMove(this.#view(record), node.rules)) {
        case 'lost':
          return { kind: 'lost' };
        case 'done':
          return { kind: 'mounted' };
        case 'observe':
          await this.#observe(record);
          break;
        case 'fence': {
          const reason = await this.#fence();
          if (reason !== null) return { kind: 'wait', reason };
          break;
        }
        case 'bring':
          await this.#bringAll(record);
          break;
        case 'record':
          if (await this.#bring.verify(record)) await this.#record();
          else return { kind: 'wait', reason: 'what was brought here has gone again' };
          break;
      }
    }
  }

  #view(record: MemberRecord): MoveView {
    const tokens = tokensHeld(this.#parts.holdings());
    return {
      record,
      tenure: this.#parts.tenure,
      observed: this.#observed,
      kept: record.volumes.every(
        ({ id, holderToken }) => holderToken !== null && tokens[id] === holderToken,
      ),
      brought: this.#bring.isDone(record),
    };
  }

  async #observe(record: MemberRecord): Promise<void> {
    const { cell, tenure } = this.#parts;
    const observed = await this.#askBackends(record);
    await cell.change((current) => observe(current, tenure, observed));
    this.#observed = true;
  }

  /** Who holds the member's volumes, besides what this node holds itself. */
  async #askBackends(record: MemberRecord): Promise<readonly ObservedHolder[]> {
    const { node, signal } = this.#parts;
    if (node.volumes === null || node.volumes.capabilities.observesOnly) return [];
    const found: ObservedHolder[] = [];
    for (const { id } of record.volumes) {
      for (const holder of await node.volumes.holders(id, { signal })) {
        if (holder.writable && !this.#isOwn(id, holder)) found.push({ volume: id, holder });
      }
    }
    return found;
  }

  /**
   * What hangs on this node is this node's to take again, until acquire has refused it: a client
   * of an earlier boot may stand in its way.
   */
  #isOwn(volume: string, holder: ObservedHolder['holder']): boolean {
    const { tenure } = this.#parts;
    if (holder.node !== tenure.node || (holder.boot ?? tenure.boot) !== tenure.boot) return false;
    const here = tokensHeld(this.#parts.holdings())[volume];
    return here === holder.token || !this.#bring.refused;
  }

  /** @returns why it must wait, null where something was cleared. */
  async #fence(): Promise<string | null> {
    const { cell, signal, tenure } = this.#parts;
    const record = (await cell.read({ signal }))?.value;
    if (record === undefined || !stands(record, tenure)) return null;
    if (record.unfenced.length === 0) return null;
    const reasons: string[] = [];
    for (const entry of record.unfenced) {
      const reason = await this.#fenceOne(record, entry);
      if (reason !== null) reasons.push(reason);
    }
    const left = await this.#hearBackends();
    return left === 0 ? null : [...new Set(reasons)].join('; ');
  }

  /** @returns why the entry stays for now, null where its proof is written. */
  async #fenceOne(record: MemberRecord, entry: Unfenced): Promise<string | null> {
    const { cell, node, tenure, ownGone, permit, signal } = this.#parts;
    if (entry.named === 'record' && entry.node === tenure.node && entry.boot === tenure.boot) {
      if (!(await ownGone(entry))) return `${entry.node} has not let go of it yet`;
      await cell.change((current) =>
        stands(current, tenure) ? ownAgentSays(current, tenure, node.rules) : null,
      );
      return null;
    }
    const beat = (await node.beats.read(entry.node, { signal }))?.value ?? null;
    const decision = decideFence(
      {
        member: cell.id,
        record,
        entry,
        beat,
        standsMs: this.#standsMs(entry),
        stuckMs: node.timing.releaseStuckMs,
      },
      node.rules,
    );
    switch (decision.kind) {
      case 'spare':
        return decision.reason;
      case 'absent':
        await cell.change((current) => without(current, entry));
        return null;
      case 'proven':
        return this.#prove(entry, [decision.proof]);
      case 'fence': {
        if (!this.#fenceTurn.take(keyOf(entry))) return decision.reason;
        const facts = (await node.nodes.read(entry.node, { signal }))?.value.facts ?? null;
        const reach = reachOf(record, node.pool);
        const { fencers } = node;
        const fenced = await fenceEntry({ entry, facts, fencers, reach, permit, signal });
        if (fenced.proofs.length === 0) return `${decision.reason}; ${fenced.reason}`;
        this.#backendTurn.reset();
        return this.#prove(entry, fenced.proofs);
      }
    }
  }

  async #prove(entry: Unfenced, proofs: Parameters<typeof withProofs>[1]): Promise<string | null> {
    const { cell, node } = this.#parts;
    const record = await cell.change((current) =>
      withProofs(current, proofs, reachOf(current, node.pool)),
    );
    const still = record?.unfenced.some(
      ({ node: n, boot }) => n === entry.node && boot === entry.boot,
    );
    return still === true ? `${entry.node}: the proof does not reach all it held` : null;
  }

  /** Asks the backends again for what they named, more and more seldom. @returns how many entries stay. */
  async #hearBackends(): Promise<number> {
    const { cell, tenure } = this.#parts;
    const record = cell.known?.value;
    if (record === undefined || !stands(record, tenure)) return 0;
    if (!record.unfenced.some(({ named }) => named === 'backend')) return record.unfenced.length;
    if (!this.#backendTurn.take('')) return record.unfenced.length;
    const observed = await this.#askBackends(record);
    const next = await cell.change((current) => backendsSay(current, tenure.generation, observed));
    return (next ?? record).unfenced.length;
  }

  #standsMs(entry: Unfenced): number {
    const key = keyOf(entry);
    const nowMs = this.#parts.node.clock.monotonicMs();
    const firstMs = this.#stands.get(key) ?? nowMs;
    this.#stands.set(key, firstMs);
    return nowMs - firstMs;
  }

  async #bringAll(record: MemberRecord): Promise<void> {
    try {
      await this.#bring.all(record);
    } catch (error) {
      if (FireCampError.is(error, 'FAILED_PRECONDITION')) this.#observed = false;
      throw error;
    }
  }

  async #record(): Promise<void> {
    const { cell, node, tenure } = this.#parts;
    await cell.change((current) =>
      mounted(current, tenure, {
        nameAddress: nameAddressOf(current, node),
        atMs: node.clock.wallNowMs(),
        rules: node.rules,
      }),
    );
  }
}

function keyOf({ node, boot, named }: Unfenced): string {
  return `${node}/${boot}/${named}`;
}

/** Only without the rule on absence. */
function without(record: MemberRecord, entry: Unfenced): MemberRecord {
  const unfenced = record.unfenced.filter(
    ({ node, boot, named }) => node !== entry.node || boot !== entry.boot || named !== entry.named,
  );
  return { ...record, unfenced };
}
