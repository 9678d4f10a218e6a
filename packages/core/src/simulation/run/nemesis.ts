import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Cluster } from '../worlds/cluster.ts';
import type { NemesisEvent } from './scenario.ts';

type Manager = Cluster['managers'][number];

/** How a thing that went wrong ends. */
type Heal = () => void;

const NOTHING: Heal = () => {};

/** Makes things go wrong in a cluster, and ends what it began. */
export class Nemesis {
  readonly #cluster: Cluster;
  #over = false;
  /** How often each kind of event really happened. */
  readonly struck: Map<string, number> = new Map();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  schedule(events: readonly NemesisEvent[]): void {
    const { kernel } = this.#cluster;
    for (const event of events) {
      kernel.after(event.atMs - kernel.nowMs, () => {
        if (!this.#over) this.#strike(event);
      });
    }
  }

  /** Nothing begins any more, and nothing that was begun ends by itself. */
  end(): void {
    this.#over = true;
  }

  #strike(event: NemesisEvent): void {
    const { nodes, managers } = this.#cluster;
    const node = nodes.get(event.target);
    const manager = managers.find(({ id }) => id === event.target);
    const heal =
      node === undefined ? this.#strikeManager(event, manager) : this.#strikeNode(event, node);
    if (heal === null) return;
    this.struck.set(event.kind, (this.struck.get(event.kind) ?? 0) + 1);
    this.#cluster.say('nemesis', () => describe(event));
    this.#cluster.kernel.after(event.forMs, () => {
      if (this.#over) return;
      heal();
      this.#cluster.say('nemesis', () => `${event.kind} of ${event.target} is over`);
    });
  }

  /** @returns how to end it; null where it cannot happen now. */
  #strikeNode(event: NemesisEvent, node: SimulatedNode): Heal | null {
    const cluster = this.#cluster;
    switch (event.kind) {
      case 'kill':
        if (!node.up) return null;
        cluster.powerOff(node);
        return () => cluster.powerOn(node);
      case 'pause':
      case 'sleep':
        return freeze(node, event.kind);
      case 'crash':
        if (node.agent === null) return null;
        cluster.crash(node.agent.life);
        return NOTHING;
      case 'freeze-program':
        return freezeProgram(node);
      case 'exit-programs':
        return this.#exitPrograms(node);
      case 'partition':
        return this.#partition(event);
      case 'clock-jump':
        node.machine.jump(event.byMs);
        return NOTHING;
    }
  }

  #exitPrograms(node: SimulatedNode): Heal | null {
    if (!node.active) return null;
    const engine = this.#cluster.engines.get(node.id);
    for (const { running, task } of [...node.containers.values()]) {
      if (running) engine?.kill(task);
    }
    return NOTHING;
  }

  #strikeManager(event: NemesisEvent, manager: Manager | undefined): Heal | null {
    const life = manager?.life ?? null;
    switch (event.kind) {
      case 'kill':
      case 'crash':
        if (life === null) return null;
        this.#cluster.crash(life);
        return NOTHING;
      case 'pause':
      case 'sleep':
      case 'freeze-program':
        if (manager === undefined || life === null || life.frozen) return null;
        if (event.kind === 'sleep') manager.machine.fallAsleep();
        life.freeze();
        return () => {
          manager.machine.wakeUp();
          life.thaw();
        };
      case 'partition':
        return this.#partition(event);
      case 'clock-jump':
        manager?.machine.jump(event.byMs);
        return NOTHING;
      case 'exit-programs':
        return null;
    }
  }

  #partition(event: Extract<NemesisEvent, { kind: 'partition' }>): () => void {
    const { links } = this.#cluster;
    const { target, server, ways } = event;
    for (const way of ways) links.cut(target, server, way);
    return () => {
      for (const way of ways) links.heal(target, server, way);
    };
  }
}

function freeze(node: SimulatedNode, kind: 'pause' | 'sleep'): Heal | null {
  if (!node.active) return null;
  if (kind === 'sleep') node.machine.fallAsleep();
  node.freeze();
  return () => wake(node);
}

/** The agent alone stands still; the containers of its node go on. */
function freezeProgram(node: SimulatedNode): Heal | null {
  const life = node.agent?.life;
  if (life === undefined || !node.active || life.frozen) return null;
  life.freeze();
  return () => {
    if (!node.frozen) life.thaw();
  };
}

/** Ends a node's pause or sleep. */
export function wake(node: SimulatedNode): void {
  node.machine.wakeUp();
  if (node.frozen) node.thaw();
}

function describe(event: NemesisEvent): string {
  const forSeconds = `${(event.forMs / 1000).toFixed(1)} s`;
  switch (event.kind) {
    case 'partition':
      return `cuts ${event.target} from ${event.server} (${event.ways.join(', ')}) for ${forSeconds}`;
    case 'clock-jump':
      return `moves the time of day of ${event.target} by ${(event.byMs / 1000).toFixed(0)} s`;
    default:
      return `${event.kind} of ${event.target} for ${forSeconds}`;
  }
}
