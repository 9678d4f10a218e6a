import { FireCampError, type Isolation, isolatedUntilMs, type NodeRuntime } from '@firecamp/core';
import { Bell } from './bell.ts';
import { type AgentContext, say } from './context.ts';
import type { LocalMember } from './local-member.ts';
import { within } from './within.ts';

/** What keeping members isolated needs. */
export interface IsolatingParts {
  readonly context: AgentContext;
  /** When the last beat that was acknowledged was sent, on the lease clock; null before the first. */
  readonly renewedMs: () => number | null;
  readonly members: () => readonly LocalMember[];
}

/**
 * Ends the programs of members with isolation when no beat was acknowledged for so long, and tells
 * the runtime's watchdog until when they may run, which ends them where this agent cannot. Members
 * without isolation cost nothing, and nothing here ever ends them.
 */
export class Isolating {
  readonly #parts: IsolatingParts;
  readonly #bell: Bell;
  /** Until when the watchdog was told to leave a task alone. */
  #toldMs: ReadonlyMap<string, number> = new Map();

  constructor(parts: IsolatingParts) {
    this.#parts = parts;
    this.#bell = new Bell(parts.context.node.clock);
  }

  /** After each beat: there may be more time, or a member to look after. */
  wake(): void {
    if (this.#isolated().length > 0) this.#bell.ring();
  }

  /**
   * Puts a task under the watchdog before it is told to start.
   *
   * @returns whether it may start: not when the last acknowledged beat is too old for it.
   * @throws what the runtime throws.
   */
  async admit(isolation: Isolation, task: string): Promise<boolean> {
    const untilMs = this.#untilMs(isolation);
    if (untilMs === null || this.#nowMs() >= untilMs) return false;
    await this.#keepAlive(task, untilMs);
    return true;
  }

  /** Until the signal fires. Without a member that asks for it, it only waits. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = (): void => this.#bell.ring();
    signal.addEventListener('abort', wake);
    while (!signal.aborted) {
      const members = this.#isolated();
      await Promise.all(members.map((member) => this.#keep(member)));
      const { pollMs } = this.#parts.context.node.timing;
      if (!signal.aborted) await this.#bell.wait(members.length === 0 ? null : pollMs);
    }
    signal.removeEventListener('abort', wake);
  }

  /** Those that this incarnation owns, as far as it knows: what is another's is ended anyway. */
  #isolated(): readonly LocalMember[] {
    return this.#parts
      .members()
      .filter(({ record, run }) => run !== null && record?.isolation !== undefined);
  }

  async #keep(member: LocalMember): Promise<void> {
    const { isolation } = member.record ?? {};
    const untilMs = isolation === undefined ? null : this.#untilMs(isolation);
    if (untilMs === null) return;
    const { requests, tasks } = member;
    const live = tasks.filter(
      ({ id, state }) => state === 'running' || (state === 'created' && requests.wasAnswered(id)),
    );
    const over = this.#nowMs() >= untilMs;
    for (const { id } of live) {
      const act = over ? this.#end(member, id) : this.#keepAlive(id, untilMs);
      await act.catch((error: unknown) => {
        // The next look tries again; the watchdog knows the last time that it was told.
        if (!FireCampError.is(error)) throw error;
      });
    }
    if (live.length === 0) this.#forget(tasks.map(({ id }) => id));
  }

  async #end(member: LocalMember, task: string): Promise<void> {
    const { context } = this.#parts;
    const reason = 'no beat was acknowledged for as long as its isolation allows';
    if (member.waiting !== reason) say(context, 'member.isolated', member.id, reason);
    member.waiting = reason;
    await this.#ask('a kill', (runtime, signal) => runtime.kill(task, { signal }));
  }

  async #keepAlive(task: string, untilMs: number): Promise<void> {
    if (!this.#parts.context.node.rules.watchdogKeepsIsolated) return;
    if (untilMs <= (this.#toldMs.get(task) ?? Number.NEGATIVE_INFINITY)) return;
    try {
      await this.#ask('its watchdog', (runtime, signal) =>
        runtime.keepAlive(task, untilMs, { signal }),
      );
    } catch (error) {
      // Without a watchdog this agent alone ends it, as long as it lives.
      if (!FireCampError.is(error, 'UNSUPPORTED')) throw error;
    }
    this.#toldMs = new Map(this.#toldMs).set(task, untilMs);
  }

  #forget(tasks: readonly string[]): void {
    if (!tasks.some((task) => this.#toldMs.has(task))) return;
    this.#toldMs = new Map([...this.#toldMs].filter(([task]) => !tasks.includes(task)));
  }

  /** A runtime that hangs must not keep the others from being asked. */
  #ask<T>(
    what: string,
    act: (runtime: NodeRuntime, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const { runtime, node } = this.#parts.context;
    const { clock, timing } = node;
    return within({ clock, ms: timing.requestMs, what }, (signal) => act(runtime, signal));
  }

  #untilMs(isolation: Isolation): number | null {
    const renewedMs = this.#parts.renewedMs();
    const nowMs = this.#nowMs();
    const { rules } = this.#parts.context.node;
    return renewedMs === null ? null : isolatedUntilMs(isolation, { renewedMs, nowMs }, rules);
  }

  #nowMs(): number {
    return this.#parts.context.node.clock.leaseNowMs();
  }
}
