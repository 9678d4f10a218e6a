import { Stream } from '../kernel/chance.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Cluster } from '../worlds/cluster.ts';
import { wake } from './nemesis.ts';
import type { Scenario } from './scenario.ts';

/** Chooses who is well from now on, heals these, and makes everything else stay as bad as it is. */
export function settle(cluster: Cluster, scenario: Scenario): ReadonlySet<string> {
  const stream = new Stream(scenario.seed, 'core');
  const nodes = [...cluster.nodes.values()];
  const drawn = drawCore(stream, nodes, cluster.parts.kind.zoneBound);
  const core = new Set(scenario.core ?? drawn);
  const well = stream.pick(cluster.managers);
  cluster.say('nemesis', () => `from now on ${[...core].join(', ')} and ${well.id} are well`);
  cluster.links.allComeBack();
  // Whoever supervises an engine starts it again, on whichever node that runs.
  for (const engine of cluster.engines.values()) engine.recover({ keeps: true });
  for (const node of nodes) {
    if (!core.has(node.id)) {
      spoil(cluster, stream, node.id);
      continue;
    }
    node.boot.hung.clear();
    cluster.links.healAll(node.id);
    wake(node);
    if (node.boot.stuck > 0) cluster.powerOff(node);
    node.blind = false;
    node.agent?.life.thaw();
    cluster.powerOn(node);
    cluster.startAgent(node);
  }
  for (const manager of cluster.managers) {
    if (manager !== well && stream.chance(0.5)) {
      spoil(cluster, stream, manager.id);
      continue;
    }
    cluster.links.healAll(manager.id);
    manager.machine.wakeUp();
    manager.life?.thaw();
    cluster.startManager(manager);
  }
  return core;
}

function drawCore(
  stream: Stream,
  nodes: readonly { readonly id: string; readonly zone: string }[],
  zoneBound: boolean,
): readonly string[] {
  if (!zoneBound) {
    const count = 1 + stream.below(nodes.length);
    const rest = [...nodes];
    return Array.from({ length: count }, () => rest.splice(stream.below(rest.length), 1)).flatMap(
      (picked) => picked.map(({ id }) => id),
    );
  }
  const zones = [...new Set(nodes.map(({ zone }) => zone))];
  return zones.map((zone) => stream.pick(nodes.filter((node) => node.zone === zone)).id);
}

/** Left as it is if it is bad already; else one thing goes wrong with it for good. */
function spoil(cluster: Cluster, stream: Stream, target: string): void {
  const how = stream.pick(['nothing', 'kill', 'freeze', 'cut', 'hang'] as const);
  cluster.say('nemesis', () => `${target}: ${how}, for good`);
  const node = cluster.nodes.get(target);
  if (node !== undefined) spoilNode(cluster, node, how);
  else spoilManager(cluster, target, how);
}

type Spoiled = 'nothing' | 'kill' | 'freeze' | 'cut' | 'hang';

/** Letting go never comes back. */
const HUNG_CALLS = ['node.unmount', 'node.unbind'];

function spoilNode(cluster: Cluster, node: SimulatedNode, how: Spoiled): void {
  // A node that runs without its agent for ever needs a person: supervisors start agents again.
  if (!node.frozen) node.agent?.life.thaw();
  cluster.keptDown.add(node.id);
  if (how === 'nothing' || how === 'hang') cluster.links.healAll(node.id);
  if (how === 'hang') for (const call of HUNG_CALLS) node.boot.hung.add(call);
  // Where nothing stops a node that beats and hangs, a person has to.
  if (!cluster.deployment.fencesNodes) node.boot.hung.clear();
  if (!node.up) return;
  if (how === 'kill') cluster.powerOff(node);
  else if (how === 'freeze') node.freeze();
  else if (how === 'cut') cut(cluster, node.id);
}

function spoilManager(cluster: Cluster, id: string, how: Spoiled): void {
  const life = cluster.managers.find((manager) => manager.id === id)?.life ?? null;
  if (how === 'freeze') life?.freeze();
  else if (how === 'cut') cut(cluster, id);
  else if (how === 'kill') {
    cluster.keptDown.add(`manager/${id}`);
    if (life !== null) cluster.crash(life);
  }
}

function cut(cluster: Cluster, machine: string): void {
  for (const way of ['out', 'back'] as const) cluster.links.cut(machine, '*', way);
}
