import type { Kernel } from '../kernel/kernel.ts';
import { type Boot, type Life, newBoot } from '../kernel/life.ts';
import type { Machine } from '../kernel/machine.ts';
import type { AgentProgram } from './agent-port.ts';
import type { Container } from './container.ts';

/** A filesystem that the node's kernel has mounted. */
export interface KernelMount {
  readonly volume: string;
  readonly path: string;
  readonly fsUuid: string;
  /** By what the node reached the volume when it mounted it: an attachment, a client's nonce. */
  readonly holderToken: string;
}

/** The agent that runs on a node now. */
export interface RunningAgent {
  readonly life: Life;
  readonly program: AgentProgram;
}

/** One machine that runs containers, as it truly is: what no program can see as a whole. */
export class SimulatedNode {
  readonly id: string;
  readonly zone: string;
  /** The node's own address. */
  readonly ip: string;
  readonly machine: Machine;
  readonly kernel: Kernel;
  boot: Boot;
  /** Stopped as a whole, by a pause or by the machine's sleep. */
  frozen = false;
  /** When it last began to run, on the kernel's clock. */
  activeSinceMs = 0;
  /** Whether its kernel cannot tell what is on a device. */
  blind = false;
  agent: RunningAgent | null = null;
  readonly containers: Map<string, Container> = new Map();
  readonly mounts: Map<string, KernelMount> = new Map();
  /** Address by its id: what the kernel answers for. */
  readonly addresses: Map<string, string> = new Map();
  readonly #bootIds: Set<string> = new Set();

  constructor(facts: Pick<SimulatedNode, 'kernel' | 'id' | 'zone' | 'ip' | 'machine'>) {
    this.kernel = facts.kernel;
    this.id = facts.id;
    this.zone = facts.zone;
    this.ip = facts.ip;
    this.machine = facts.machine;
    this.boot = this.#nextBoot();
  }

  /** Whether this or an earlier boot of the node had that id. */
  knowsBoot(id: string): boolean {
    return this.#bootIds.has(id);
  }

  get up(): boolean {
    return this.boot.up;
  }

  /** Whether a program on it could do something now. */
  get active(): boolean {
    return this.boot.up && !this.frozen;
  }

  /** The power is gone: nothing that ran goes on, nothing that was mounted is, and no sleep outlasts it. */
  powerOff(): void {
    this.boot.up = false;
    this.frozen = false;
    this.machine.wakeUp();
    this.blind = false;
    this.agent?.life.end();
    this.agent = null;
    for (const container of this.containers.values()) container.state = 'ended';
    this.containers.clear();
    this.mounts.clear();
    this.addresses.clear();
  }

  /** A new boot, with nothing of the old. */
  powerOn(): void {
    this.boot = this.#nextBoot();
    this.activeSinceMs = this.kernel.nowMs;
  }

  freeze(): void {
    this.frozen = true;
    this.agent?.life.freeze();
  }

  thaw(): void {
    this.frozen = false;
    this.activeSinceMs = this.kernel.nowMs;
    this.agent?.life.thaw();
  }

  #nextBoot(): Boot {
    const id = `${this.id}-boot-${this.#bootIds.size + 1}`;
    this.#bootIds.add(id);
    return newBoot(id);
  }
}

/** Where a volume is found on any node: a path stands for the volume that is mounted there. */
export function pathOf(volume: string): string {
  return `/volumes/${volume}`;
}

/** The volume that a path stands for; null where it is no such path. */
export function volumeAt(path: string): string | null {
  return path.startsWith('/volumes/') ? path.slice('/volumes/'.length) : null;
}
