import type { Clock, ManagerParts } from '@firecamp/core';
import type { AgentProgram, SimulatedAgentParts, WorldKind } from '@firecamp/core/simulation';
import { Port } from '../../../dist/simulation/network/port.js';
import type { SimulatedNode } from '../../../dist/simulation/node/simulated-node.js';
import { Cluster } from '../../../dist/simulation/worlds/cluster.js';
import { calmKnobs, type Knobs } from '../../../dist/simulation/worlds/knobs.js';
import type { AgentSeams } from '../../../dist/simulation/worlds/world.js';
import { drain } from '../drain.ts';
import { Wire } from './wire.ts';

const SEED = 1;
const STEP_MS = 50;
/** A test that waits longer waits for what never comes. */
const END_MS = 3_600_000;

/**
 * A world that stands still but for its backends: agents and managers get their parts and do
 * nothing with them, so that a test does. Virtual time passes while the test waits.
 */
export class Stand implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly wire: Wire;
  readonly #agents = new Map<string, SimulatedAgentParts>();
  readonly #managers: ManagerParts[] = [];
  #mountable: Promise<void> = Promise.resolve();
  #ended = false;
  readonly #time: Promise<void>;

  constructor(kind: WorldKind, change: Partial<Knobs> = {}) {
    this.cluster = new Cluster({
      seed: SEED,
      kind,
      // Cases ask in quick succession, and never again what was refused.
      knobs: { ...calmKnobs(kind.zoneBound), quotaShare: null, ...change },
      plan: { decide: () => null },
      programs: {
        agent: (parts) => this.#agent(parts),
        manager: (parts) => this.#manager(parts),
      },
      drain,
      traceMax: 0,
    });
    this.wire = new Wire(this.cluster.network);
    this.cluster.start();
    this.#time = this.#pass();
  }

  /** The parts of the agent that runs on that node now. */
  agent(node: string): SimulatedAgentParts {
    const parts = this.#agents.get(node);
    if (parts === undefined) throw new TypeError(`no agent on ${node}`);
    return parts;
  }

  /** As {@link agent}, made once more: it shares nothing with that one but the node. */
  another(node: SimulatedNode): AgentSeams {
    const { network, deployment } = this.cluster;
    if (node.agent === null) throw new TypeError(`no agent on ${node.id}`);
    return deployment.agent(new Port(network, node.agent.life), node);
  }

  /** The parts of one of two managers. */
  manager(which: 0 | 1 = 0): ManagerParts {
    const parts = this.#managers[which];
    if (parts === undefined) throw new TypeError('the managers have not started');
    return parts;
  }

  /** The clock of the first manager. */
  get clock(): Clock {
    return this.manager().clock;
  }

  /** From now on no agent says what a container may use, until told otherwise. */
  holdStarts(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#mountable = promise;
    return resolve;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended = true;
    await this.#time;
    if (this.cluster.failure !== null) throw this.cluster.failure;
  }

  /** Lets virtual time pass, and the machine's own in between: Vitest counts that. */
  async #pass(): Promise<void> {
    const { kernel } = this.cluster;
    while (!this.#ended && !kernel.halted && kernel.nowMs < END_MS) {
      await kernel.runUntil(kernel.nowMs + STEP_MS);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #agent(parts: SimulatedAgentParts): AgentProgram {
    this.#agents.set(parts.facts.id, parts);
    return {
      run: () => new Promise(() => {}),
      mount: async () => {
        await this.#mountable;
        return { name: '', address: '', volumes: {}, files: '', secrets: '' };
      },
      unmount: async () => {},
    };
  }

  #manager(parts: ManagerParts) {
    this.#managers.push(parts);
    const nothing = async (): Promise<never> => {
      throw new TypeError('nobody asks this manager for anything');
    };
    return {
      run: () => new Promise<void>(() => {}),
      create: nothing,
      delete: nothing,
      start: nothing,
      stop: nothing,
      restart: nothing,
      order: nothing,
      follow: nothing,
      services: nothing,
    };
  }
}
