import type { FireCampError } from '../../error.ts';
import type { Permit } from '../../permit.ts';
import { SimulatedRuntime } from '../doubles/node-runtime.ts';
import { SchedulingBackend } from '../doubles/scheduling.ts';
import { Stream } from '../kernel/chance.ts';
import { type Drain, Kernel } from '../kernel/kernel.ts';
import { type Boot, Life, newBoot } from '../kernel/life.ts';
import { Machine } from '../kernel/machine.ts';
import { Trace } from '../kernel/trace.ts';
import { Buckets } from '../network/buckets.ts';
import type { FaultPlan } from '../network/fault.ts';
import { Links } from '../network/links.ts';
import { Network } from '../network/network.ts';
import { Port } from '../network/port.ts';
import type { Container } from '../node/container.ts';
import { Engine } from '../node/engine.ts';
import { SimulatedNode } from '../node/simulated-node.ts';
import { SIMULATED_CATALOG } from '../workload/recipe.ts';
import type { Knobs } from './knobs.ts';
import type { Programs, UserRequests } from './programs.ts';
import { SIMULATED_HISTORY } from './timing.ts';
import type { Deployment, WorldKind } from './world.ts';

/** What a cluster is made of. */
export interface ClusterParts {
  readonly seed: number;
  readonly kind: WorldKind;
  readonly knobs: Knobs;
  readonly plan: FaultPlan;
  readonly programs: Programs;
  readonly drain: Drain;
  /** How many lines of the story are kept; 0 for none. */
  readonly traceMax: number;
}

/** Who watches what truly happens. */
export interface ClusterWatcher {
  containerStarted(container: Container): void;
  containerEnded(container: Container): void;
  /** The agent of its node is about to end it. */
  containerKilled(container: Container): void;
  /** The watchdog of its node is about to end it. */
  containerExpired(container: Container): void;
  /** A node's kernel has mounted a volume. */
  mounted(node: SimulatedNode, volume: string): void;
  /** An agent asks its node's kernel to unmount a volume. */
  unmountAsked(node: SimulatedNode, volume: string): void;
  /** A fencer is called for a boot of a node. */
  fenceCalled(node: SimulatedNode, bootId: string): void;
  /** A program sends a request that changes a backend, under this permit. */
  sent(life: Life, permit: Permit, call: string): void;
  /** After each effect of any request. */
  effect(): void;
}

interface ManagerProcess {
  readonly id: string;
  readonly machine: Machine;
  life: Life | null;
}

const CLUSTER = 'sim';
const START_MAX_MS = 60_000;
const AGENT_BACK_MS: readonly [number, number] = [200, 4_000];
const POWER_BACK_MS: readonly [number, number] = [2_000, 20_000];
const MANAGER_BACK_MS: readonly [number, number] = [500, 6_000];

/** Machines, nodes, agents and managers, and what starts them again when they end. */
export class Cluster {
  readonly kernel: Kernel;
  readonly trace: Trace;
  readonly links: Links = new Links();
  readonly network: Network;
  readonly nodes: Map<string, SimulatedNode> = new Map();
  readonly engines: Map<string, Engine> = new Map();
  readonly scheduling: SchedulingBackend;
  readonly deployment: Deployment;
  readonly managers: readonly ManagerProcess[];
  readonly parts: ClusterParts;
  readonly watchers: ClusterWatcher[] = [];
  /** How often an engine has mounted volumes only to copy into them. */
  copyUps = 0;
  /** How often a watchdog has ended what nobody kept alive. */
  expiries = 0;
  /** Nodes and processes that nothing starts again. */
  readonly keptDown: Set<string> = new Set();
  readonly #starts = new Map<string, number>();
  readonly #runtimes = new Map<string, SimulatedRuntime>();
  readonly #persons: Machine;
  #failure: unknown = null;

  constructor(parts: ClusterParts) {
    const { seed, kind, knobs } = parts;
    this.parts = parts;
    this.kernel = new Kernel(parts.drain);
    this.trace = new Trace(parts.traceMax);
    this.network = new Network({
      kernel: this.kernel,
      trace: this.trace,
      links: this.links,
      seed,
      plan: parts.plan,
      buckets: new Buckets(this.kernel, kind.quotas(knobs)),
      latencyMs: knobs.latencyMs,
      requestMs: knobs.timing.requestMs,
      onEffect: () => {
        for (const watcher of this.watchers) watcher.effect();
      },
      onSend: (life, permit, call) => this.#tell((watcher) => watcher.sent(life, permit, call)),
      onCrash: (life) => this.crash(life),
      onFailure: (error) => this.fail(error),
    });
    for (let index = 1; index <= knobs.nodes; index += 1) this.#addNode(index);
    this.scheduling = new SchedulingBackend({
      kernel: this.kernel,
      stream: new Stream(seed, 'orchestrator'),
      engines: this.engines,
      temper: {
        lostAfterMs: knobs.lostAfterMs,
        sticky: knobs.sticky,
        retryMs: [500, 5_000],
        knowsEnds: kind.knowsEnds,
        startMaxMs: knobs.startMaxMs ?? START_MAX_MS,
        lookMs: 500,
      },
      hears: ({ id }) =>
        this.engines.get(id)?.down !== true &&
        this.links.open(id, 'orchestrator', 'out') &&
        this.links.open(id, 'orchestrator', 'back'),
    });
    this.deployment = kind.deploy({
      kernel: this.kernel,
      links: this.links,
      seed,
      nodes: this.nodes,
      cluster: CLUSTER,
      knobs,
      mounted: (node, volume) => this.#tell((watcher) => watcher.mounted(node, volume)),
      unmountAsked: (node, volume) => this.#tell((watcher) => watcher.unmountAsked(node, volume)),
      powerOff: (node) => this.#fenced(node),
      fenceCalled: (node, bootId) => this.#tell((watcher) => watcher.fenceCalled(node, bootId)),
      scheduling: this.scheduling,
    });
    this.#persons = this.#machine('person');
    this.managers = Array.from({ length: knobs.managers }, (_, index) => ({
      id: `m${index + 1}`,
      machine: this.#machine(`m${index + 1}`),
      life: null,
    }));
  }

  /** Whether what runs on the node is as it should be, and can be reached. */
  reachable(node: SimulatedNode): boolean {
    return node.active && this.links.whole(node.id);
  }

  /** Starts every node's agent and every manager. */
  start(): void {
    for (const node of this.nodes.values()) this.startAgent(node);
    for (const manager of this.managers) this.startManager(manager);
  }

  /** What ended the run early: a violation, or a bug of a double. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Ends the run: a violation was found, or a double has a bug. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.say('checker', () => String(error));
    this.kernel.halt();
  }

  say(who: string, text: () => string): void {
    this.trace.say(this.kernel.nowMs, who, text);
  }

  startAgent(node: SimulatedNode): void {
    if (!node.up || node.agent !== null || this.keptDown.has(`agent/${node.id}`)) return;
    const life = this.#life(`agent/${node.id}`, node.machine, node.boot);
    if (node.frozen) life.freeze();
    const port = new Port(this.network, life);
    const engine = this.#engineOf(node);
    const runtime = new SimulatedRuntime(port, engine);
    this.#runtimes.set(node.id, runtime);
    const program = this.parts.programs.agent({
      ...this.deployment.agent(port, node),
      ...this.#common(life),
      runtime,
    });
    node.agent = { life, program };
    this.say(life.process, () => `starts (number ${life.start}, ${node.boot.id})`);
    life.resume(() => this.#run(life, () => program.run(life.stopping.signal)));
  }

  startManager(manager: ManagerProcess): void {
    if (manager.life !== null || this.keptDown.has(`manager/${manager.id}`)) return;
    const boot = newBoot(`${manager.id}-boot`);
    const life = this.#life(`manager/${manager.id}`, manager.machine, boot);
    manager.life = life;
    const program = this.#manager(life, manager.id);
    this.say(life.process, () => `starts (number ${life.start})`);
    life.resume(() => this.#run(life, () => program.run(life.stopping.signal)));
  }

  /** A person at a machine of their own, who asks and waits. */
  person(name: string, ask: (requests: UserRequests, life: Life) => Promise<void>): Life {
    const life = this.#life(`person/${name}`, this.#persons, newBoot(name));
    const requests = this.#manager(life, `person-${name}`);
    life.resume(() => this.#run(life, () => ask(requests, life)));
    return life;
  }

  /** A process ends at once; whatever supervises it starts it again after a while. */
  crash(life: Life): void {
    if (!life.alive) return;
    life.end();
    this.say(life.process, () => 'ends at once');
    for (const node of this.nodes.values()) {
      if (node.agent?.life !== life) continue;
      this.#agentGone(node);
      this.kernel.after(this.#backMs(life, AGENT_BACK_MS), () => this.startAgent(node));
    }
    for (const manager of this.managers) {
      if (manager.life !== life) continue;
      manager.life = null;
      this.kernel.after(this.#backMs(life, MANAGER_BACK_MS), () => this.startManager(manager));
    }
  }

  powerOff(node: SimulatedNode): void {
    if (!node.up) return;
    this.say(node.id, () => `loses its power (${node.boot.id})`);
    const running = [...node.containers.values()].filter((container) => container.running);
    const agent = node.agent;
    node.powerOff();
    if (agent !== null) this.say(agent.life.process, () => 'ends with its node');
    this.#engineOf(node).powerLost();
    for (const container of running) this.#ended(container);
  }

  /** A fencer took its power; somebody gives it back after a while. */
  #fenced(node: SimulatedNode): void {
    const { seed } = this.parts;
    const backMs = new Stream(seed, `power ${node.boot.id}`).between(...POWER_BACK_MS);
    this.powerOff(node);
    this.kernel.after(backMs, () => {
      if (!this.keptDown.has(node.id)) this.powerOn(node);
    });
  }

  powerOn(node: SimulatedNode): void {
    if (node.up) return;
    node.powerOn();
    this.say(node.id, () => `boots (${node.boot.id})`);
    this.startAgent(node);
  }

  #backMs({ process, start }: Life, [least, most]: readonly [number, number]): number {
    return new Stream(this.parts.seed, `back ${process} ${start}`).between(least, most);
  }

  #agentGone(node: SimulatedNode): void {
    const { agent } = node;
    node.agent = null;
    if (agent !== null) this.#engineOf(node).agentEnded(agent);
  }

  #run(life: Life, run: () => Promise<void>): void {
    const over = (why: string): void => {
      this.say(life.process, () => why);
      this.crash(life);
    };
    run().then(
      () => over('has ended'),
      (error: unknown) => over(`has failed: ${String(error)}`),
    );
  }

  #addNode(index: number): void {
    const { kernel } = this;
    const { seed, knobs, kind } = this.parts;
    const id = `n${index}`;
    const zone = `z${((index - 1) % knobs.zones) + 1}`;
    const machine = this.#machine(id);
    const node = new SimulatedNode({ kernel, id, zone, ip: `10.0.0.${index}`, machine });
    this.nodes.set(id, node);
    const engine = new Engine(node, {
      kernel,
      stream: new Stream(seed, `engine ${id}`),
      temper: kind.engine,
      hang: knobs.hang,
      onStart: (container) => this.#started(container),
      onEnd: (container) => this.#ended(container),
      onKill: (container) => this.#tell((watcher) => watcher.containerKilled(container)),
      onExpired: (container) => this.#expired(container),
      onCopyUp: () => {
        this.copyUps += 1;
      },
      onRefused: (container, why) => this.#refused(container, why),
    });
    this.engines.set(id, engine);
  }

  #started(container: Container): void {
    const { node, task, memberId } = container;
    this.say(node.id, () => `${task} of ${memberId} runs`);
    this.#tell((watcher) => watcher.containerStarted(container));
  }

  #ended(container: Container): void {
    const { node, task, member, memberId } = container;
    this.say(node.id, () => `${task} of ${memberId} has ended`);
    this.#tell((watcher) => watcher.containerEnded(container));
    if (node.agent !== null && !this.#engineOf(node).down)
      this.#runtimes.get(node.id)?.ended.put({ task, member, exitCode: null });
  }

  #expired(container: Container): void {
    const { node, task, memberId } = container;
    this.expiries += 1;
    this.say(node.id, () => `its watchdog ends ${task} of ${memberId}`);
    this.#tell((watcher) => watcher.containerExpired(container));
  }

  #refused(container: Container, why: FireCampError): void {
    const { node, task, memberId } = container;
    this.say(node.id, () => `${task} of ${memberId} cannot start: ${why.code} ${why.message}`);
    this.scheduling.ended(container, why.message);
  }

  #tell(tell: (watcher: ClusterWatcher) => void): void {
    this.attempt(() => {
      for (const watcher of this.watchers) tell(watcher);
    });
  }

  /** Does something that may break a rule, which then ends the run. */
  attempt(act: () => void): void {
    try {
      act();
    } catch (error) {
      this.fail(error);
    }
  }

  #manager(life: Life, id: string): ReturnType<Programs['manager']> {
    return this.parts.programs.manager({
      ...this.deployment.manager(new Port(this.network, life)),
      ...this.#common(life),
      id,
      catalog: SIMULATED_CATALOG,
      history: SIMULATED_HISTORY,
    });
  }

  #common(
    life: Life,
  ): Pick<Parameters<Programs['agent']>[0], 'clock' | 'random' | 'timing' | 'events'> {
    return {
      clock: life.clock,
      random: life.random,
      timing: this.parts.knobs.timing,
      events: ({ text, kind }) => this.say(life.process, () => `${kind}: ${text}`),
    };
  }

  #life(process: string, machine: Machine, boot: Boot): Life {
    const start = (this.#starts.get(process) ?? 0) + 1;
    this.#starts.set(process, start);
    return new Life(this.kernel, { process, start, machine, boot, seed: this.parts.seed });
  }

  #machine(name: string): Machine {
    return new Machine(name, this.kernel, new Stream(this.parts.seed, `machine ${name}`));
  }

  #engineOf(node: SimulatedNode): Engine {
    const engine = this.engines.get(node.id);
    if (engine === undefined) throw new TypeError(`no engine for ${node.id}`);
    return engine;
  }
}
