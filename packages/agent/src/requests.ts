import { FireCampError, type LocalTask } from '@firecamp/core';
import type { MountAnswer } from './api.ts';

interface Waiter {
  readonly task: string;
  readonly resolve: (answer: MountAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** The mount requests that wait for one member, and what is remembered of those that went. */
export class Requests {
  readonly #member: string;
  /** Tasks that asked, and whether they were ever answered: then they may start at any time. */
  readonly #asked: Map<string, 'waits' | 'answered'> = new Map();
  #waiters: readonly Waiter[] = [];
  #untakenSinceMs: number;

  constructor(member: string, nowMs: number) {
    this.#member = member;
    this.#untakenSinceMs = nowMs;
  }

  /** The task that waits; null where none does. */
  get wish(): string | null {
    return this.#waiters[0]?.task ?? null;
  }

  /** Whether this task asked and was never answered: it cannot have started. */
  isUnanswered(task: string): boolean {
    return this.#asked.get(task) === 'waits';
  }

  /** Whether this incarnation told the task to start, once or again. */
  wasAnswered(task: string): boolean {
    return this.#asked.get(task) === 'answered';
  }

  /** For how long nobody has waited. */
  untakenMs(nowMs: number): number {
    return this.#waiters.length > 0 ? 0 : nowMs - this.#untakenSinceMs;
  }

  /** The time without takers begins now: a move has just ended. */
  restart(nowMs: number): void {
    this.#untakenSinceMs = nowMs;
  }

  /** Waits for an answer until `leave` is called. */
  ask(task: string): {
    readonly answer: Promise<MountAnswer>;
    readonly leave: (nowMs: number) => void;
  } {
    const { promise, resolve, reject } = Promise.withResolvers<MountAnswer>();
    const waiter: Waiter = { task, resolve, reject };
    this.#waiters = [...this.#waiters, waiter];
    if (!this.#asked.has(task)) this.#asked.set(task, 'waits');
    const leave = (nowMs: number): void => {
      if (this.#waiters.includes(waiter)) this.#untakenSinceMs = nowMs;
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
    };
    return { answer: promise, leave };
  }

  /** Answers all that wait for this task. */
  answer(task: string, answer: MountAnswer, nowMs: number): void {
    this.#asked.set(task, 'answered');
    for (const waiter of this.#take(task, nowMs)) waiter.resolve(answer);
  }

  refuse(
    task: string,
    code: 'NOT_FOUND' | 'FAILED_PRECONDITION',
    reason: string,
    nowMs: number,
  ): void {
    const error = new FireCampError(code, `member ${this.#member}: ${reason}`, {
      operation: 'Agent.mount',
      subject: { member: this.#member, task },
    });
    for (const waiter of this.#take(task, nowMs)) waiter.reject(error);
  }

  /** Refuses tasks that are over, and all but the first where several are not. */
  prune(tasks: readonly LocalTask[], nowMs: number): void {
    const lives = (task: string): boolean =>
      tasks.some(({ id, state }) => id === task && state !== 'ended');
    for (const task of new Set(this.#waiters.map((waiter) => waiter.task))) {
      if (!lives(task))
        this.refuse(task, 'FAILED_PRECONDITION', `task ${task} is not alive on this node`, nowMs);
    }
    const first = this.wish;
    for (const task of new Set(this.#waiters.map((waiter) => waiter.task))) {
      if (task !== first)
        this.refuse(task, 'FAILED_PRECONDITION', `task ${first} waits for it already`, nowMs);
    }
    for (const task of this.#asked.keys()) {
      if (!tasks.some(({ id }) => id === task)) this.#asked.delete(task);
    }
  }

  #take(task: string, nowMs: number): readonly Waiter[] {
    const taken = this.#waiters.filter((waiter) => waiter.task === task);
    this.#waiters = this.#waiters.filter((waiter) => waiter.task !== task);
    if (taken.length > 0 && this.#waiters.length === 0) this.#untakenSinceMs = nowMs;
    return taken;
  }
}
