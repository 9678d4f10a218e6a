import type { Endpoint } from '../gate/gate.ts';
import { peerAddress } from '../gate/peer-address.ts';
import type { PeerRoute } from '../gate/peer-gates.ts';
import type { LocalOptions } from '../options.ts';
import type { NodeView } from './decide.ts';
import type { Assignment, UnitRecord } from './records.ts';

/** Stands in a list of cuts for the ways to the other nodes' members. */
export const PEERS_CUT = 'peers';

/** What the ways follow from. */
export interface PeersSeen {
  readonly units: readonly UnitRecord[];
  readonly nodes: ReadonlyMap<string, NodeView>;
  readonly options: Pick<LocalOptions, 'nodes' | 'gateNetwork'>;
}

/**
 * Pure: the ways that a node is to have, to all members of the services that it runs members of. A
 * member that moves keeps its way open, and one that may be on a node that is cut off is cut off.
 */
export function peerRoutes(
  viewer: NodeView,
  { units, nodes, options }: PeersSeen,
): readonly PeerRoute[] {
  const isCut = (node: string): boolean => nodes.get(node)?.cut.includes(PEERS_CUT) ?? false;
  const here = (unit: UnitRecord): boolean => tasksOf(unit).some(({ node }) => node === viewer.id);
  const services = new Set(units.filter(here).map(({ spec }) => spec.member.service));
  return units
    .filter(({ spec }) => services.has(spec.member.service))
    .flatMap((unit) => {
      const { address } = unit;
      const host = address === null ? null : peerAddress(options, viewer.id, address);
      if (address === null || host === null || host === address) return [];
      const live = tasksOf(unit).filter(({ node, boot }) => nodes.get(node)?.boot === boot);
      const others = live.map(({ node }) => node).filter((node) => node !== viewer.id);
      const beside = live.length > 0 && others.length === 0;
      const cut = !beside && (isCut(viewer.id) || others.some(isCut));
      return unit.spec.ports
        .filter(({ protocol }) => protocol === 'tcp')
        .map(({ port }) => ({ listen: { host, port }, target: { host: address, port }, cut }));
    });
}

/**
 * Pure: of the ways that are cut, those that do not cut: what is wrong with each, for people. Ways
 * that cannot be opened at all lead nowhere, and are not among them.
 */
export function uncutWays(seen: PeersSeen): readonly string[] {
  return [...seen.nodes.values()].flatMap((viewer) => {
    const cut = peerRoutes(viewer, seen).filter((route) => route.cut);
    return viewer.faults
      .filter((fault) => fault.around && cut.some(({ target }) => isSame(target, fault.target)))
      .map(({ text }) => `${viewer.id}: ${text}`);
  });
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.host === other.host && one.port === other.port;
}

/** All that the ways follow from, as a text: as long as it stays the same, so do they. */
export function peersBasis({ units, nodes }: PeersSeen): string {
  const places = units.map((unit) => [
    unit.spec.digest,
    unit.address,
    tasksOf(unit).map(({ task }) => task),
  ]);
  const ends = [...nodes.values()].map(({ id, boot, cut }) => [id, boot, cut]);
  return JSON.stringify([places, ends]);
}

function tasksOf({ current, older }: UnitRecord): readonly Assignment[] {
  return current === null ? older : [...older, current];
}
