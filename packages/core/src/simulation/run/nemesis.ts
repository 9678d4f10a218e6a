import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Cluster } from '../worlds/cluster.ts';
import type { Ambush, Harm, NemesisEvent, Occasion } from './scenario.ts';

type Manager = Cluster['managers'][number];

/** How a thing that went wrong ends. */
type Heal = () => void;

const NOTHING: Heal = () => {};

/** Something that a member went through, and whose it was and is. */
export interface Happening {
  readonly on: Occasion;
  readonly owner: string | null;
  readonly former: string | null;
}

/** Makes things go wrong in a cluster, and ends what it began. */
export class Nemesis {
  readonly #cluster: Cluster;
  readonly #ambushes: readonly Ambush[];
  readonly #seen = new Map<Occasion, number>();
  #over = false;
  /** How often each kind of harm really happened. */
  readonly struck: Map<string, number> = new Map();

  constructor(cluster: Cluster, ambushes: readonly Ambush[]) {
    this.#cluster = cluster;
    this.#ambushes = ambushes;
  }

  schedule(events: readonly NemesisEvent[]): void {
    const { kernel } = this.#cluster;
    for (const event of events) {
      kernel.after(event.atMs - kernel.nowMs, () => this.#strike(event.target, event, event.forMs));
    }
  }

  /** Tells it what a member goes through: those who lie in wait for that strike. */
  notice({ on, owner, former }: Happening): void {
    const nth = this.#seen.get(on) ?? 0;
    this.#seen.set(on, nth + 1);
    for (const ambush of this.#ambushes) {
      if (ambush.on !== on || ambush.nth !== nth) continue;
      const target = ambush.whom === 'owner' ? owner : former;
      if (target === null) continue;
      this.#cluster.kernel.after(ambush.afterMs, () =>
        this.#strike(target, ambush.harm, ambush.forMs),
      );
    }
  }

  /** Nothing begins any more, and nothing that was begun ends by itself. */
  end(): void {
    this.#over = true;
  }

  #strike(target: string, harm: Harm, forMs: number): void {
    if (this.#over) return;
    const { nodes, managers } = this.#cluster;
    const node = nodes.get(target);
    const manager = managers.find(({ id }) => id === target);
    const heal =
      this.#strikeWay(harm, target) ??
      (node === undefined ? this.#strikeManager(harm, manager) : this.#strikeNode(harm, node));
    if (heal === null) return;
    for (const name of namesOf(harm)) this.struck.set(name, (this.struck.get(name) ?? 0) + 1);
    this.#cluster.say('nemesis', () => describe(target, harm, forMs));
    this.#cluster.kernel.after(forMs, () => {
      if (this.#over) return;
      heal();
      this.#cluster.say('nemesis', () => `${harm.kind} of ${target} is over`);
    });
  }

  /** What befalls the way to servers, or a clock: of nodes and managers alike. */
  #strikeWay(harm: Harm, target: string): Heal | null {
    const { links, nodes, managers } = this.#cluster;
    switch (harm.kind) {
      case 'partition':
        for (const way of harm.ways) links.cut(target, harm.server, way);
        return () => {
          for (const way of harm.ways) links.heal(target, harm.server, way);
        };
      case 'lag':
        links.slow(target, harm.server, harm.byMs);
        return () => links.slow(target, harm.server, 0);
      case 'outage':
        links.leave(harm.server);
        return () => links.comeBack(harm.server);
      case 'clock-jump': {
        const machine =
          nodes.get(target)?.machine ?? managers.find(({ id }) => id === target)?.machine;
        machine?.jump(harm.byMs);
        return NOTHING;
      }
      default:
        return null;
    }
  }

  /** @returns how to end it; null where it cannot happen now. */
  #strikeNode(harm: Harm, node: SimulatedNode): Heal | null {
    const cluster = this.#cluster;
    switch (harm.kind) {
      case 'kill':
        if (!node.up) return null;
        cluster.powerOff(node);
        return () => cluster.powerOn(node);
      case 'pause':
      case 'sleep':
        return freeze(node, harm.kind);
      case 'crash':
        if (node.agent === null) return null;
        cluster.crash(node.agent.life);
        return NOTHING;
      case 'engine-crash':
        return this.#crashEngine(node, harm);
      case 'freeze-program':
        return freezeProgram(node);
      case 'exit-programs':
        return this.#exitPrograms(node);
      case 'hang':
        return hang(node, harm.call);
      case 'lose-addresses':
        if (!node.active || node.addresses.size === 0) return null;
        node.addresses.clear();
        return NOTHING;
      case 'blind':
        node.blind = true;
        return () => {
          node.blind = false;
        };
      default:
        return null;
    }
  }

  #crashEngine(node: SimulatedNode, { keeps }: { readonly keeps: boolean }): Heal | null {
    const engine = this.#cluster.engines.get(node.id);
    if (engine === undefined || !node.up || engine.down) return null;
    engine.crash();
    return () => engine.recover({ keeps });
  }

  #exitPrograms(node: SimulatedNode): Heal | null {
    if (!node.active) return null;
    const engine = this.#cluster.engines.get(node.id);
    for (const { running, task } of [...node.containers.values()]) {
      if (running) engine?.exit(task);
    }
    return NOTHING;
  }

  #strikeManager(harm: Harm, manager: Manager | undefined): Heal | null {
    const life = manager?.life ?? null;
    if (manager === undefined || life === null) return null;
    switch (harm.kind) {
      case 'kill':
      case 'crash':
        this.#cluster.crash(life);
        return NOTHING;
      case 'pause':
      case 'sleep':
      case 'freeze-program':
        if (life.frozen) return null;
        if (harm.kind === 'sleep') manager.machine.fallAsleep();
        life.freeze();
        return () => {
          manager.machine.wakeUp();
          life.thaw();
        };
      default:
        return null;
    }
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

/** What was called meanwhile never comes back; what is called afterwards does. */
function hang(node: SimulatedNode, call: string): Heal {
  const { hung } = node.boot;
  hung.add(call);
  return () => hung.delete(call);
}

/** Ends a node's pause or sleep. */
export function wake(node: SimulatedNode): void {
  node.machine.wakeUp();
  if (node.frozen) node.thaw();
}

/** What it counts as: a cut of one way alone is a kind of its own too. */
function namesOf(harm: Harm): readonly string[] {
  const oneWay = harm.kind === 'partition' && harm.ways.length === 1;
  return oneWay ? [harm.kind, 'one-way partition'] : [harm.kind];
}

function describe(target: string, harm: Harm, forMs: number): string {
  const forSeconds = `${(forMs / 1000).toFixed(1)} s`;
  switch (harm.kind) {
    case 'partition':
      return `cuts ${target} from ${harm.server} (${harm.ways.join(', ')}) for ${forSeconds}`;
    case 'engine-crash':
      return `the engine of ${target} is away for ${forSeconds}, then ${harm.keeps ? 'keeps' : 'ends'} what runs`;
    case 'outage':
      return `nobody reaches ${harm.server} for ${forSeconds}`;
    case 'lag':
      return `requests of ${target} to ${harm.server} take longer for ${forSeconds}`;
    case 'hang':
      return `${harm.call} on ${target} does not come back for ${forSeconds}`;
    case 'clock-jump':
      return `moves the time of day of ${target} by ${(harm.byMs / 1000).toFixed(0)} s`;
    default:
      return `${harm.kind} of ${target} for ${forSeconds}`;
  }
}
