import {
  type BeatMember,
  type BeatRecord,
  decideBeat,
  FireCampError,
  type NodeParts,
  returned,
  type Self,
  type Stored,
} from '@firecamp/core';
import { messageOf } from './context.ts';

/** How often one beat is decided anew because the record changed in between. */
const CONFLICTS_MAX = 4;

/** What beating needs. */
export interface BeatingParts {
  readonly self: Self;
  readonly node: NodeParts;
  readonly bootsExclusive: boolean;
  /** What the beat lists, for display. */
  readonly members: () => readonly BeatMember[];
  /** Re-writes every member that this boot owns, so that claims decided before now fail. */
  readonly touch: () => Promise<void>;
}

/** Whether an agent may go on: see `decideBeat`. */
export type BeatEnd = 'going' | 'gone' | 'superseded';

/** The node's sign of life. */
export class Beating {
  readonly #parts: BeatingParts;
  #standing: Stored<BeatRecord> | null = null;
  #own = false;
  #acknowledgedMs: number | null = null;
  #renewedMs: number | null = null;
  #error = '';

  constructor(parts: BeatingParts) {
    this.#parts = parts;
  }

  /** Whether a beat of this incarnation was acknowledged. */
  get acknowledged(): boolean {
    return this.#own;
  }

  get state(): 'starting' | 'beating' | 'returning' {
    if (!this.#own) return 'starting';
    return this.#standing?.value.state === 'beating' ? 'beating' : 'returning';
  }

  get seq(): number {
    return this.#own ? (this.#standing?.value.seq ?? 0) : 0;
  }

  /** Why the last beat failed; empty when it did not. */
  get error(): string {
    return this.#error;
  }

  /** Since the last acknowledged beat; null before the first. */
  get ageMs(): number | null {
    const nowMs = this.#parts.node.clock.monotonicMs();
    return this.#acknowledgedMs === null ? null : nowMs - this.#acknowledgedMs;
  }

  /**
   * When the last beat that was acknowledged was sent, on the clock that counts sleep; null before the
   * first. Of a beat whose outcome was not known at once it is too early, never too late.
   */
  get renewedMs(): number | null {
    return this.#renewedMs;
  }

  /**
   * Sends one beat, or returns to beating. A database that fails is remembered, not thrown: the
   * next beat is the next attempt.
   *
   * @returns whether this agent may go on.
   */
  async once(): Promise<BeatEnd> {
    try {
      const end = await this.#once();
      this.#error = '';
      return end;
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      this.#error = messageOf(error);
      return 'going';
    }
  }

  async #once(): Promise<BeatEnd> {
    const { node, self } = this.#parts;
    this.#standing ??= await node.beats.read(self.node);
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
      const decision = decideBeat(this.#standing?.value ?? null, this.#own, this.#input());
      if (decision.kind === 'gone' || decision.kind === 'superseded') return decision.kind;
      if (!(await this.#write(decision.beat))) continue;
      if (decision.kind === 'beat') return 'going';
      await this.#parts.touch();
      if (await this.#write(returned(decision.beat))) return 'going';
    }
    return 'going';
  }

  /** @returns whether the beat now stands; if not, {@link #standing} is what does. */
  async #write(beat: BeatRecord): Promise<boolean> {
    const { node, self } = this.#parts;
    const sentMs = node.clock.leaseNowMs();
    const outcome =
      this.#standing === null
        ? await node.beats.create(self.node, beat)
        : await node.beats.replace(this.#standing, beat);
    this.#standing = outcome.won ? outcome.stored : outcome.current;
    if (!outcome.won) return false;
    this.#own = true;
    this.#acknowledgedMs = node.clock.monotonicMs();
    this.#renewedMs = sentMs;
    return true;
  }

  #input(): Parameters<typeof decideBeat>[2] {
    const { self, node, bootsExclusive, members } = this.#parts;
    const { clock, rules } = node;
    return { self, members: members(), bootsExclusive, atMs: clock.wallNowMs(), rules };
  }
}
