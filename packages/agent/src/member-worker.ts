import {
  FireCampError,
  type MemberCell,
  type MemberRecord,
  type MemberRef,
  PAUSE_MAX_MS,
  type Stored,
  stands,
} from '@firecamp/core';
import { Bell } from './bell.ts';
import { type AgentContext, messageOf } from './context.ts';
import { holdingsOf, type KernelView, readKernel, signatureOf, tasksOf } from './kernel.ts';
import { LocalMember } from './local-member.ts';
import { type Again, act, note } from './member-acts.ts';
import { look } from './member-look.ts';
import { decideMember } from './member-step.ts';
import { within } from './within.ts';

/** Doublings of the pause after failures in a row. */
const BACKOFF_DOUBLINGS_MAX = 8;

/** After so many failures in a row the record says what stands in the way. */
const NOTED_FAILURES = 3;

/**
 * The loop of one member on this node: it looks, decides by a pure function, takes one step, and
 * looks again. All about one member happens here one after another; members do not wait for each
 * other.
 */
export class MemberWorker {
  readonly member: LocalMember;
  readonly #context: AgentContext;
  readonly #bell: Bell;
  /** Rises with each step, so that a view of the kernel that a step overtook is thrown away. */
  #steps = 0;
  #stepping = false;
  #kernelKnown = false;
  #failures = 0;
  #forgettable = false;
  #stepped: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  constructor(context: AgentContext, ref: MemberRef, cell: MemberCell) {
    this.#context = context;
    this.#bell = new Bell(context.node.clock);
    this.member = new LocalMember(context, ref, cell, () => this.wake());
  }

  /** Whether nothing of the member is here and nothing of it can still appear. */
  get forgettable(): boolean {
    const { requests, cell } = this.member;
    return this.#forgettable && requests.wish === null && !cell.unsettled && !this.#stepping;
  }

  /** Makes it look again, now or after the step it is in. */
  wake(): void {
    this.#forgettable = false;
    this.#bell.ring();
  }

  /** Resolves after the step that it is in, or the next one. */
  get stepped(): Promise<void> {
    return this.#stepped.promise;
  }

  /** Looks and steps until the signal fires or it is forgotten. */
  async run(signal: AbortSignal, isTracked: () => boolean): Promise<void> {
    const wake = (): void => this.wake();
    signal.addEventListener('abort', wake);
    while (!signal.aborted && isTracked()) {
      const again = await this.#step();
      if (again !== 0) await this.#bell.wait(again);
    }
    signal.removeEventListener('abort', wake);
    if (signal.aborted) this.member.run?.end();
  }

  /** Before the kernel is read: what {@link witness} must be given back. */
  mark(): number {
    return this.#stepping ? -1 : this.#steps;
  }

  /** Takes in what the kernel showed, unless a step of its own went on meanwhile. */
  witness(view: KernelView, mark: number): void {
    const { member } = this;
    const { record } = member;
    if (record === null || mark !== this.mark() || mark < 0) return;
    const known = signatureOf(member.holdings, member.tasks);
    member.tasks = tasksOf(view, member.id);
    this.#takeIn(view, record);
    // What a step has mended since the last look may have gone again.
    if (signatureOf(member.holdings, member.tasks) !== known) this.wake();
  }

  /** Reads the record anew; a tenure that ended elsewhere ends here at once. */
  async poll(): Promise<Stored<MemberRecord> | null> {
    const { member } = this;
    const before = member.cell.known?.revision;
    const read = await member.cell.read();
    if (read?.revision === before) return read;
    const { run } = member;
    if (run !== null && (read === null || !stands(read.value, run.tenure))) run.end();
    this.wake();
    return read;
  }

  async #step(): Promise<Again> {
    const { member } = this;
    this.#stepping = true;
    this.#steps += 1;
    try {
      const again = await this.#lookAndAct();
      this.#failures = 0;
      return again;
    } catch (error) {
      if (error instanceof TypeError) throw error;
      this.#failures += 1;
      member.waiting = messageOf(error);
      const noted = this.#failures === NOTED_FAILURES ? member.waiting : null;
      // Between two failed runs of a preparation there is always a step that did not fail.
      const trouble = noted ?? member.run?.preparation.trouble(error) ?? null;
      if (trouble !== null) await this.#note(trouble);
      return this.#backoffMs(FireCampError.is(error, 'EXHAUSTED'));
    } finally {
      this.#stepping = false;
      this.#stepped.resolve();
      this.#stepped = Promise.withResolvers<void>();
    }
  }

  /** A database that fails now is no more reason to stop than what is to be noted. */
  async #note(text: string): Promise<void> {
    const { member } = this;
    if (member.run !== null) await note(member, member.run, text).catch(() => {});
  }

  async #lookAndAct(): Promise<Again> {
    const { member } = this;
    if (member.cell.known === null || this.#failures > 0) await member.cell.read();
    member.follow();
    await this.#lookAtKernelOnce();
    const { clock, timing } = this.#context.node;
    const wait = { clock, ms: timing.silentAfterMs, what: 'a look at the tasks' };
    const view = await within(wait, async (signal) => {
      member.tasks = await this.#context.runtime.tasks(member.ref, { signal });
      member.requests.prune(member.tasks, clock.monotonicMs());
      return look(member.lookParts(), signal);
    });
    const step = decideMember(view, this.#context.node.rules);
    this.#forgettable = step.kind === 'forget';
    return act(member, step);
  }

  /** Nothing follows from what the kernel holds before it was asked. */
  async #lookAtKernelOnce(): Promise<void> {
    const { record } = this.member;
    if (this.#kernelKnown || record === null) return;
    const { node, runtime } = this.#context;
    this.#takeIn(await readKernel(node, runtime), record);
  }

  #takeIn(view: KernelView, record: MemberRecord): void {
    this.member.holdings = holdingsOf(view, record);
    this.#kernelKnown = true;
  }

  #backoffMs(exhausted: boolean): number {
    const { random, timing } = this.#context.node;
    const { pollMs, beatMs } = timing;
    const doubled = pollMs * 2 ** Math.min(this.#failures - 1, BACKOFF_DOUBLINGS_MAX);
    const longestMs = exhausted ? PAUSE_MAX_MS : beatMs;
    return Math.min(doubled, longestMs) * (0.75 + random.next() / 2);
  }
}
