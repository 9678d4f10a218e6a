import {
  type FireCampError,
  type Holdings,
  isSameBoot,
  letGo,
  MemberCell,
  type MemberRecord,
  type MemberRef,
  memberId,
  parseMemberId,
  releaseVolumes,
  type Stored,
  touch,
} from '@firecamp/core';
import { type AgentContext, say } from './context.ts';
import { type KernelView, tracesIn, tracesOf } from './kernel.ts';
import { MemberWorker } from './member-worker.ts';
import { within } from './within.ts';

/** Members that are looked at side by side. */
const POLLS_MAX = 16;

/** Ticks after which things in the kernel that no record names are looked up once more. */
const RELIST_TICKS = 12;

/** The members that this node has, had, or wants, each with its loop. */
export class Roster {
  readonly #context: AgentContext;
  readonly #workers: Map<string, MemberWorker> = new Map();
  /** Which member's record names a volume or an address. */
  readonly #memberOf: Map<string, string> = new Map();
  #start: ((worker: MemberWorker) => void) | null = null;
  #ticks = 0;
  /** When all that an earlier agent of this boot wrote has long arrived; null once it was looked for. */
  #settledMs: number | null = null;
  /** Whether the last list understood every record: what it did not may name any volume. */
  #allReadable = false;

  constructor(context: AgentContext) {
    this.#context = context;
  }

  get all(): readonly MemberWorker[] {
    return [...this.#workers.values()];
  }

  get(ref: MemberRef): MemberWorker | undefined {
    return this.#workers.get(memberId(ref));
  }

  isTracked(worker: MemberWorker): boolean {
    return this.#workers.get(worker.member.id) === worker;
  }

  /** From now on every member's loop runs. */
  open(start: (worker: MemberWorker) => void): void {
    if (this.#start !== null) return;
    this.#start = start;
    for (const worker of this.#workers.values()) start(worker);
  }

  track(ref: MemberRef, known?: Stored<MemberRecord>): MemberWorker {
    const id = memberId(ref);
    const tracked = this.#workers.get(id);
    if (tracked !== undefined) return tracked;
    const cell = new MemberCell(this.#context.members, known ?? id);
    const worker = new MemberWorker(this.#context, ref, cell);
    this.#workers.set(id, worker);
    this.#start?.(worker);
    return worker;
  }

  /** Every member that a record or the kernel connects with this node. */
  async recover(view: KernelView): Promise<void> {
    for (const id of await this.#list(view)) {
      const worker = this.#workers.get(id);
      worker?.witness(view, worker.mark());
    }
    const { clock, timing } = this.#context.node;
    this.#settledMs = clock.monotonicMs() + timing.adoptMs;
  }

  /** The members that the kernel shows and nobody has looked at yet. */
  async meet(view: KernelView): Promise<void> {
    for (const { member, state } of view.tasks) if (state === 'running') this.track(member);
    const traces = tracesIn(view);
    for (const trace of traces) {
      const ref = parseMemberId(this.#memberOf.get(trace) ?? '');
      if (ref !== null) this.track(ref);
    }
    const strange = traces.some((trace) => !this.#memberOf.has(trace));
    this.#ticks += 1;
    const settled = this.#isSettled();
    if (!settled && (!strange || this.#ticks % RELIST_TICKS !== 1)) return;
    await this.#list(view);
    if (settled) this.#settledMs = null;
    if (strange && this.#allReadable) await this.#letGoOfStrange(view);
  }

  /** A claim that an earlier agent of this boot sent may have come after this one had looked. */
  #isSettled(): boolean {
    return this.#settledMs !== null && this.#context.node.clock.monotonicMs() >= this.#settledMs;
  }

  /**
   * What no record names was held for a member that was removed. The list began after the kernel
   * was read, and a record stands before anything is acquired or bound for it: none was missed.
   * While a task of such a member is here, nobody can tell what of it all that task uses.
   */
  async #letGoOfStrange(view: KernelView): Promise<void> {
    if (view.tasks.some((task) => task.state !== 'ended' && this.#isRemoved(task.member))) return;
    const isStrange = (trace: string): boolean => !this.#memberOf.has(trace);
    const byVolume = <T extends { readonly volume: string }>(all: readonly T[]): Map<string, T> =>
      new Map(all.filter(({ volume }) => isStrange(volume)).map((one) => [one.volume, one]));
    let holdings: Holdings = {
      acquired: byVolume(view.acquired),
      mounted: byVolume(view.mounted),
      bound: null,
    };
    const parts = {
      node: this.#context.node,
      holdings: () => holdings,
      held: (left: Holdings) => {
        holdings = left;
      },
    };
    // What hangs is left to the next look: those that live are waiting for this one.
    const { clock, timing } = this.#context.node;
    const wait = { clock, ms: timing.requestMs, what: 'letting go of what no record names' };
    await within(wait, async (signal) => {
      for (const bound of view.bound.filter(({ ip }) => isStrange(ip))) {
        holdings = { ...holdings, bound };
        await letGo({ ...parts, signal });
      }
      await letGo({ ...parts, signal });
      await releaseVolumes({ ...parts, signal });
    });
  }

  /** Whether it has no record, or none that was seen yet. */
  #isRemoved(ref: MemberRef): boolean {
    return (this.get(ref)?.member.record ?? null) === null;
  }

  /** Reads every tracked record anew; what cannot be read stays as it was known. */
  async poll(): Promise<void> {
    const waiting = this.all;
    const lanes = Array.from({ length: Math.min(POLLS_MAX, waiting.length) }, async (_, lane) => {
      for (let index = lane; index < waiting.length; index += POLLS_MAX) {
        await waiting[index]?.poll().catch(() => null);
      }
    });
    await Promise.all(lanes);
  }

  forget(): void {
    for (const [id, worker] of this.#workers) {
      if (!worker.forgettable) continue;
      this.#workers.delete(id);
      if (worker.member.record === null) this.#forgetTraces(id);
      worker.wake();
    }
  }

  /** The record is gone: what the kernel still shows of it belongs to nobody. */
  #forgetTraces(id: string): void {
    for (const [trace, member] of this.#memberOf) {
      if (member === id) this.#memberOf.delete(trace);
    }
  }

  /** Re-writes what this boot owns, so that every claim decided before now fails. */
  async touchOwned(): Promise<void> {
    const { self } = this.#context;
    await Promise.all(
      this.all.map(({ member }) =>
        member.cell.change((record) => (isSameBoot(record.owner, self) ? touch(record) : null)),
      ),
    );
  }

  /** @returns the ids of members that have to do with this node. */
  async #list(view: KernelView): Promise<readonly string[]> {
    const seen = new Set(tracesIn(view));
    const found: string[] = [];
    const memberOf: [string, string][] = [];
    this.#allReadable = true;
    for await (const stored of this.#context.members.list(undefined, this.#bad)) {
      const ref = parseMemberId(stored.id);
      if (ref === null) continue;
      for (const trace of tracesOf(stored.value)) memberOf.push([trace, stored.id]);
      if (!this.#concerns(stored.value, seen)) continue;
      this.track(ref, stored);
      found.push(stored.id);
    }
    this.#memberOf.clear();
    for (const [trace, member] of memberOf) this.#memberOf.set(trace, member);
    return found;
  }

  /** A record that cannot be read is left alone, and told of. */
  #bad = (id: string, error: FireCampError): void => {
    this.#allReadable = false;
    say(this.#context, 'member.unreadable', id, error.message);
  };

  #concerns(record: MemberRecord, seen: ReadonlySet<string>): boolean {
    const { node } = this.#context.self;
    return (
      record.owner?.node === node ||
      record.unfenced.some((entry) => entry.node === node) ||
      tracesOf(record).some((trace) => seen.has(trace))
    );
  }
}
