import { FireCampError } from '../error.ts';
import type { FenceProof, Fencer } from '../fence/fencer.ts';
import type { Permit } from '../permit.ts';
import { freePermit } from './member-permit.ts';
import { permitWhile } from './permit-while.ts';
import { bootOf, decideUpkeep, type UpkeepDecision } from './upkeep-decision.ts';
import type { WardenContext } from './warden-context.ts';

/** Fences are looked at so often while they stand. */
const LOOKS = 6;
/** The longest time between two looks, in ms. */
const LOOK_MS_MAX = 600_000;

/** What was last seen of one fence. */
interface Sight {
  readonly expiresMs: number | undefined;
  /** On the own clock: it was made or renewed then or later; null where that is not known. */
  readonly freshMs: number | null;
}

/**
 * A manager's care for the fences of one fencer: it renews those that expire until the fenced boot
 * has ended, and lifts them then. Managers do not agree on who does so: a repeat does no harm, and
 * a renewal by another is seen.
 */
export class FenceUpkeep {
  readonly #context: WardenContext;
  readonly #fencer: Fencer;
  #sights: ReadonlyMap<string, Sight> = new Map();
  /** When the look before began; null before the first. */
  #lookedMs: number | null = null;
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(context: WardenContext, fencer: Fencer) {
    this.#context = context;
    this.#fencer = fencer;
  }

  /**
   * Looks at all fences if it is time to. What fails is tried again at the next call.
   *
   * @throws what the fencer or the database throws.
   */
  async look(signal: AbortSignal | undefined): Promise<void> {
    const { clock } = this.#context.parts;
    const startMs = clock.monotonicMs();
    if (startMs < this.#nextMs) return;
    const proofs: FenceProof[] = [];
    const call = signal === undefined ? {} : { signal };
    for await (const proof of this.#fencer.list(call)) proofs.push(proof);
    this.#sights = new Map(proofs.map((proof) => [keyOf(proof), this.#sightOf(proof)]));
    this.#lookedMs = startMs;
    for (const proof of proofs) await this.#tend(proof);
    const everyMs = Math.min(LOOK_MS_MAX, (this.#standsMs ?? LOOK_MS_MAX * LOOKS) / LOOKS);
    this.#nextMs = startMs + everyMs;
  }

  get #standsMs(): number | null {
    return this.#fencer.capabilities.standsMs ?? null;
  }

  /** Another end than at the look before: somebody renewed it since then. */
  #sightOf(proof: FenceProof): Sight {
    const { expiresMs } = proof;
    const before = this.#sights.get(keyOf(proof));
    if (before === undefined) return { expiresMs, freshMs: null };
    return before.expiresMs === expiresMs ? before : { expiresMs, freshMs: this.#lookedMs };
  }

  async #tend(proof: FenceProof): Promise<void> {
    const decision = await this.#decide(proof);
    switch (decision.kind) {
      case 'keep':
        return;
      case 'lift':
        await this.#fencer.lift(proof, { permit: this.#permit(proof, 'lift') });
        this.#say('fence.lifted', proof, decision.reason);
        return;
      case 'renew':
        await this.#renew(proof);
    }
  }

  async #decide(proof: FenceProof): Promise<UpkeepDecision> {
    const { beats, rules, parts } = this.#context;
    const { node } = proof.holder;
    const beat = node === null ? null : ((await beats.read(node))?.value ?? null);
    const freshMs = this.#sights.get(keyOf(proof))?.freshMs ?? null;
    const ageMs = freshMs === null ? null : parts.clock.monotonicMs() - freshMs;
    return decideUpkeep({ proof, beat, standsMs: this.#standsMs, ageMs }, rules);
  }

  async #renew(proof: FenceProof): Promise<void> {
    const { nodes, parts } = this.#context;
    const { holder, volume } = proof;
    const facts =
      holder.node === null ? null : ((await nodes.read(holder.node))?.value.facts ?? null);
    if (facts === null) {
      this.#say('fence.not-renewed', proof, `${holder.node} is not registered`);
      return;
    }
    const node = { ...facts, boot: bootOf(proof) ?? facts.boot };
    const target = { holder, node, ...(volume === null ? {} : { volume: { id: volume } }) };
    const freshMs = parts.clock.monotonicMs();
    try {
      const renewed = await this.#fencer.fence(target, { permit: this.#permit(proof, 'renew') });
      const sight = { expiresMs: renewed.expiresMs, freshMs };
      this.#sights = new Map([...this.#sights, [keyOf(proof), sight]]);
      this.#say('fence.renewed', proof, `${proof.kind} of ${holder.token}`);
    } catch (error) {
      if (!FireCampError.is(error, 'FAILED_PRECONDITION')) throw error;
      this.#say('fence.not-renewed', proof, error.message);
    }
  }

  #say(
    kind: 'fence.renewed' | 'fence.not-renewed' | 'fence.lifted',
    proof: FenceProof,
    text: string,
  ): void {
    this.#context.say({ kind, subject: { fenced: subjectOf(proof) }, text });
  }

  /** Each request rests on a strong read: what is due must be so still. */
  #permit(proof: FenceProof, kind: 'lift' | 'renew'): Permit {
    const { clock, timing } = this.#context.parts;
    return permitWhile(freePermit(proof.generation, timing.requestMs), {
      clock,
      freshMs: timing.requestMs,
      holds: async () => (await this.#decide(proof)).kind === kind,
      refusal: (request) =>
        new FireCampError(
          'ABORTED',
          `fence of ${subjectOf(proof)}: not to be done any more, so ${request} is not sent`,
          { operation: 'Permit.ask', subject: { request } },
        ),
    });
  }
}

function keyOf({ holder, volume }: FenceProof): string {
  return `${holder.node}/${holder.token}/${volume}`;
}

function subjectOf({ holder, volume }: FenceProof): string {
  return volume ?? holder.node ?? holder.token;
}
