import { FireCampError } from '../../error.ts';
import { type MemberRef, memberId } from '../../model/member-ref.ts';
import type { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { AgentAnswer } from './agent-port.ts';
import { Container } from './container.ts';
import { type RunningAgent, type SimulatedNode, volumeAt } from './simulated-node.ts';

const ASK_AGAIN_MS = 200;
const START_MS = 20;
const ENDED_MAX = 20;
/** After so long at most the watchdog sees that a time is over, while the node runs. */
export const WATCHDOG_MS = 50;
const LATE_MS: readonly [number, number] = [1_000, 30_000];

/** How one container engine treats its agent. */
export interface EngineTemper {
  /** How likely it asks to mount once more before it starts. */
  readonly twice: number;
  /**
   * How likely it mounts and unmounts once before it asks to mount for the start: dockerd does so
   * when it creates a container, to copy what the image has into an empty volume.
   */
  readonly copyUp: number;
  /** How likely it never says that a container has ended: dockerd forgets it when it crashes. */
  readonly lostUnmount: number;
  /** How likely it says so late, when another container of the member may be there. */
  readonly lateUnmount: number;
  /** A container whose mount is not answered by then fails. */
  readonly giveUpMs: number;
}

/** What the world wants to know of containers, and how nasty the engine is. */
export interface EngineParts {
  readonly kernel: Kernel;
  readonly stream: Stream;
  readonly temper: EngineTemper;
  /** How likely the engine hangs between the agent's answer and the start, and how long at most. */
  readonly hang: { readonly chance: number; readonly mostMs: number };
  readonly onStart: (container: Container) => void;
  readonly onEnd: (container: Container) => void;
  /** Its agent is about to kill it. */
  readonly onKill: (container: Container) => void;
  /** Its watchdog ends it, since nobody kept it alive. */
  readonly onExpired: (container: Container) => void;
  /** It has mounted volumes only to copy into them. */
  readonly onCopyUp: () => void;
  /** A container that could not be started, and why. */
  readonly onRefused: (container: Container, why: FireCampError) => void;
}

/** Runs containers on one node: asks the agent before each start and after each end. */
export class Engine {
  readonly node: SimulatedNode;
  readonly #parts: EngineParts;
  /** Containers whose question the agent has not answered, with the agent that was asked. */
  readonly #asked = new Map<Container, RunningAgent>();
  /** Whether its own process is away: containers run on, and nobody can be asked about them. */
  #down = false;

  constructor(node: SimulatedNode, parts: EngineParts) {
    this.node = node;
    this.#parts = parts;
  }

  get down(): boolean {
    return this.#down;
  }

  /** Its process ends: what it asked and what it was about to say is forgotten. */
  crash(): void {
    this.#down = true;
    this.#asked.clear();
  }

  /**
   * Its process is there again. What it had not started never starts; what runs is kept, or ended
   * because nobody told it to keep containers (`live-restore`).
   */
  recover(how: { readonly keeps: boolean }): void {
    if (!this.#down) return;
    if (this.node.frozen) {
      this.#later(() => this.recover(how));
      return;
    }
    this.#down = false;
    for (const container of [...this.node.containers.values()]) {
      if (!this.#exists(container)) continue;
      if (container.state === 'created') container.state = 'ended';
      else if (!how.keeps) this.#end(container);
    }
  }

  /** Makes a container; it runs once the agent has said what it may use. */
  create(task: string, member: MemberRef): void {
    if (this.#down || !this.node.up || this.node.containers.has(task)) return;
    const container = new Container(task, member, memberId(member), this.node);
    this.node.containers.set(task, container);
    this.#askMount(container);
    this.#parts.kernel.after(this.#parts.temper.giveUpMs, () => this.#giveUp(container));
  }

  /** Ends it in order: it takes a moment, and a stopped process does not hear it. */
  stop(task: string, graceMs: number): void {
    const container = this.node.containers.get(task);
    if (container === undefined || container.state === 'ended') return;
    const tookMs = container.running ? this.#parts.stream.between(1, graceMs) : 1;
    this.#parts.kernel.after(tookMs, () => {
      if (!this.#exists(container)) return;
      if (this.node.frozen || this.#down)
        this.#parts.kernel.after(ASK_AGAIN_MS, () => this.stop(task, graceMs));
      else this.#end(container);
    });
  }

  /** The agent ends it at once, whether it hears or not. */
  kill(task: string): void {
    const container = this.node.containers.get(task);
    if (container === undefined || !this.#exists(container)) return;
    this.#parts.onKill(container);
    this.#end(container);
  }

  /** @returns false where there is no such container. */
  keepAlive(task: string, untilMs: number): boolean {
    const container = this.node.containers.get(task);
    if (container === undefined) return false;
    const first = container.keptUntilMs === null;
    container.keptUntilMs = Math.max(container.keptUntilMs ?? untilMs, untilMs);
    if (first) this.#guard(container);
    return true;
  }

  /** A program apart from the engine, which outlives it: it stands still with its node alone. */
  #guard(container: Container): void {
    if (!this.#exists(container)) return;
    const { kernel, onExpired } = this.#parts;
    const { machine, frozen } = this.node;
    const leftMs = (container.keptUntilMs ?? 0) - machine.leaseNowMs();
    if (leftMs > 0 || frozen) {
      const waitMs = Math.max(WATCHDOG_MS / 2, machine.trueMs(leftMs));
      kernel.after(waitMs, () => this.#guard(container));
      return;
    }
    onExpired(container);
    this.#end(container);
  }

  /** The program ends by itself. */
  exit(task: string): void {
    const container = this.node.containers.get(task);
    if (container !== undefined && this.#exists(container)) this.#end(container);
  }

  /** The agent has ended: what it was asked is asked again of the next one. */
  agentEnded(agent: RunningAgent): void {
    for (const [container, asked] of [...this.#asked]) {
      if (asked !== agent) continue;
      this.#asked.delete(container);
      this.#later(() => this.#askAgain(container));
    }
  }

  /** The node has no power: nothing is left to ask about. */
  powerLost(): void {
    this.#down = false;
    this.#asked.clear();
  }

  #askAgain(container: Container): void {
    if (container.state === 'created') this.#askMount(container);
    else if (container.state === 'ended') this.#askUnmount(container);
  }

  #askMount(container: Container): void {
    if (container.state !== 'created' || !this.#sameBoot(container)) return;
    const { task, member } = container;
    this.#ask(container, (agent) => agent.program.mount({ task, member }), {
      done: (answer) => {
        if (container.copied) this.#answered(container, answer);
        else this.#copyUp(container, answer);
      },
      failed: (error) => {
        if (error.code === 'UNAVAILABLE') this.#later(() => this.#askMount(container));
        else this.#refused(container, error);
      },
    });
  }

  #sayEnded(container: Container): void {
    const { stream, temper, kernel } = this.#parts;
    if (stream.chance(temper.lostUnmount)) return;
    if (!stream.chance(temper.lateUnmount)) this.#askUnmount(container);
    else kernel.after(stream.between(...LATE_MS), () => this.#askUnmount(container));
  }

  #askUnmount(container: Container): void {
    if (!this.#sameBoot(container)) return;
    const { task, member } = container;
    this.#ask(container, (agent) => agent.program.unmount({ task, member }), {
      done: () => this.#forget(container),
      failed: (error) => {
        if (error.code === 'NOT_FOUND') this.#forget(container);
        else this.#later(() => this.#askUnmount(container));
      },
    });
  }

  #ask<T>(
    container: Container,
    question: (agent: RunningAgent) => Promise<T>,
    hear: { done: (answer: T) => void; failed: (error: FireCampError) => void },
  ): void {
    if (this.#down) return;
    const { agent } = this.node;
    if (agent === null || !agent.life.alive) {
      this.#later(() => this.#askAgain(container));
      return;
    }
    this.#asked.set(container, agent);
    const heard = (then: () => void): void => {
      if (this.#asked.get(container) !== agent) return;
      this.#asked.delete(container);
      // The engine is a program of its own: it hears of it a moment later.
      this.#parts.kernel.after(1, then);
    };
    agent.life.resume(() => {
      question(agent).then(
        (answer) => heard(() => hear.done(answer)),
        (error: unknown) => heard(() => hear.failed(asFireCamp(error))),
      );
    });
  }

  /** What was mounted to copy into it is unmounted, while the container is not started yet. */
  #copyUp(container: Container, answer: AgentAnswer): void {
    container.copied = true;
    if (!this.#parts.stream.chance(this.#parts.temper.copyUp)) {
      this.#answered(container, answer);
      return;
    }
    const { task, member } = container;
    const again = (): void => this.#askMount(container);
    this.#parts.onCopyUp();
    this.#ask(container, (agent) => agent.program.unmount({ task, member }), {
      done: again,
      failed: again,
    });
  }

  #answered(container: Container, answer: AgentAnswer): void {
    const { agent } = this.node;
    const { task, member } = container;
    if (agent !== null && this.#parts.stream.chance(this.#parts.temper.twice)) {
      // Whatever comes of it: the first answer counts.
      agent.life.resume(() => {
        agent.program.mount({ task, member }).catch(() => {});
      });
    }
    this.#hang(container, answer);
  }

  #giveUp(container: Container): void {
    if (container.state !== 'created' || container.answered || !this.#sameBoot(container)) return;
    if (this.#down) return;
    this.#asked.delete(container);
    const seconds = this.#parts.temper.giveUpMs / 1000;
    const why = new FireCampError('UNAVAILABLE', `not mounted after ${seconds} s`, {
      operation: 'engine.start',
    });
    this.#refused(container, why);
  }

  /** Between the answer and the start the engine may take its time, or hang. */
  #hang(container: Container, answer: AgentAnswer): void {
    const { stream, hang, kernel } = this.#parts;
    container.answered = true;
    const hangs = stream.chance(hang.chance);
    const waitMs = stream.between(0, hangs ? hang.mostMs : START_MS);
    kernel.after(waitMs, () => this.#start(container, answer));
  }

  #start(container: Container, answer: AgentAnswer): void {
    if (container.state !== 'created' || this.#down || !this.#sameBoot(container)) return;
    if (this.node.frozen) {
      this.#later(() => this.#start(container, answer));
      return;
    }
    const volumes: Record<string, string> = {};
    for (const [role, path] of Object.entries(answer.volumes)) {
      volumes[role] = volumeAt(path) ?? `no volume: ${path}`;
    }
    container.mounts = { volumes, address: answer.address };
    container.state = 'running';
    this.#parts.onStart(container);
  }

  #refused(container: Container, error: FireCampError): void {
    container.state = 'ended';
    this.#parts.onRefused(container, error);
    this.#sayEnded(container);
  }

  #end(container: Container): void {
    if (container.state === 'ended') return;
    container.state = 'ended';
    this.#asked.delete(container);
    this.#parts.onEnd(container);
    this.#sayEnded(container);
  }

  /** The newest ended containers stay listed for a while, as engines do. */
  #forget(container: Container): void {
    const ended = [...this.node.containers.values()].filter(({ state }) => state === 'ended');
    if (ended.length > ENDED_MAX) this.node.containers.delete(container.task);
  }

  #exists(container: Container): boolean {
    return container.state !== 'ended' && this.#sameBoot(container);
  }

  #sameBoot(container: Container): boolean {
    return this.node.up && this.node.boot.id === container.bootId;
  }

  #later(run: () => void): void {
    this.#parts.kernel.after(ASK_AGAIN_MS * this.#parts.stream.between(0.5, 1.5), run);
  }
}

function asFireCamp(error: unknown): FireCampError {
  if (FireCampError.is(error)) return error;
  return new FireCampError('INTERNAL', String(error), { operation: 'agent', cause: error });
}
