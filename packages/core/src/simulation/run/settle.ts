import { Stream } from '../kernel/chance.ts';
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
  for (const node of nodes) {
    if (!core.has(node.id)) {
      spoil(cluster, stream, node.id);
      continue;
    }
    cluster.links.healAll(node.id);
    wake(node);
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
  const how = stream.pick(['nothing', 'kill', 'freeze', 'cut', 'end'] as const);
  const node = cluster.nodes.get(target);
  const manager = cluster.managers.find(({ id }) => id === target);
  const life = node?.agent?.life ?? manager?.life ?? null;
  cluster.say('nemesis', () => `${target}: ${how}, for good`);
  if (node !== undefined && !node.up) return;
  if (how === 'kill' && node !== undefined) cluster.powerOff(node);
  else if (how === 'freeze' && node !== undefined) node.freeze();
  else if (how === 'freeze') life?.freeze();
  else if (how === 'cut')
    for (const way of ['out', 'back'] as const) cluster.links.cut(target, '*', way);
  else if (how !== 'nothing') {
    cluster.keptDown.add(life?.process ?? '');
    if (life !== null) cluster.crash(life);
  }
}
