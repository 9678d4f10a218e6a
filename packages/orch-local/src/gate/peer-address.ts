import type { LocalOptions } from '../options.ts';

/** Beneath a node's network: 0 its own address, 1 other nodes' addresses, above those of members. */
const NODES = 1;
const MEMBERS = 2;
const OCTET_MAX = 255;

/**
 * Where a node finds what listens at an address of another member: at an address of the node's own
 * network, whose traffic passes the node's gate to its peers. As it is for an address of the node
 * itself, and for one that is not of this machine's members.
 */
export function peerAddress(
  { nodes, gateNetwork }: Pick<LocalOptions, 'nodes' | 'gateNetwork'>,
  node: string,
  address: string,
): string {
  const index = nodes.findIndex(({ id }) => id === node);
  const [first, second = 0, third = 0, last = 0] = address.split('.').map(Number);
  if (index < 0 || first !== 127 || second === gateNetwork + index) return address;
  const own = `127.${gateNetwork + index}`;
  const other = second - gateNetwork;
  if (other >= 0 && other < nodes.length) return `${own}.${NODES}.${other + 1}`;
  return third + MEMBERS > OCTET_MAX ? address : `${own}.${third + MEMBERS}.${last}`;
}
