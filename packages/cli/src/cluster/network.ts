import { readFile } from 'node:fs/promises';
import { orAbsent } from '@firecamp/files';

// Below 127.20 are the addresses that programs are used to find each other at.
const MEMBER_NETWORK_MIN = 20;
const MEMBER_NETWORK_MAX = 99;
const NODE_NETWORK_MIN = 100;
/** With the most nodes that a file may name, the last one is still within the network. */
const NODE_NETWORK_MAX = 154;
/** Below the ports that the kernel gives to those who ask for any. */
const DNS_PORT_MIN = 20_000;
const DNS_PORT_MAX = 29_999;

const TABLES: readonly string[] = ['tcp', 'udp'];

/** The part of 127.0.0.0/8 that a cluster uses. */
export interface ClusterNetwork {
  /** Static addresses of members are in 127.(this).0.0/16. */
  readonly members: number;
  /** The n-th node, from 0, is at 127.(this + n).0.1. */
  readonly nodes: number;
  /** Of the DNS server. */
  readonly dnsPort: number;
}

/** What of 127.0.0.0/8 is in use: the second bytes of addresses, and ports. */
export interface LoopbackUse {
  readonly networks: ReadonlySet<number>;
  readonly ports: ReadonlySet<number>;
}

/** The first network that a cluster of the shortest numbers would have. */
export const ANY_NETWORK: ClusterNetwork = {
  members: MEMBER_NETWORK_MIN,
  nodes: NODE_NETWORK_MIN,
  dnsPort: DNS_PORT_MIN,
};

/**
 * Chance keeps two clusters apart that are made at once, a look at the kernel's sockets those of
 * which one is up: where their nodes met, members would find those of the other cluster.
 *
 * @param count - of nodes, at least 1.
 * @param next - numbers from 0 to below 1.
 */
export function chooseNetwork(count: number, use: LoopbackUse, next: () => number): ClusterNetwork {
  const { networks, ports } = use;
  const free = (from: number, width: number): boolean =>
    Array.from({ length: width }, (_, index) => from + index).every((each) => !networks.has(each));
  return {
    members: choose(MEMBER_NETWORK_MIN, MEMBER_NETWORK_MAX, next, (each) => free(each, 1)),
    nodes: choose(NODE_NETWORK_MIN, NODE_NETWORK_MAX, next, (each) => free(each, count)),
    dnsPort: choose(DNS_PORT_MIN, DNS_PORT_MAX, next, (each) => !ports.has(each)),
  };
}

/** One that is free; any where none is. */
function choose(
  min: number,
  max: number,
  next: () => number,
  free: (value: number) => boolean,
): number {
  const width = max - min + 1;
  const first = Math.floor(next() * width);
  for (let index = 0; index < width; index += 1) {
    const value = min + ((first + index) % width);
    if (free(value)) return value;
  }
  return min + first;
}

/** What sockets of this machine use, from the kernel; IPv4 alone. */
export async function loopbackUse(): Promise<LoopbackUse> {
  const networks = new Set<number>();
  const ports = new Set<number>();
  for (const table of TABLES) {
    const text = (await orAbsent(readFile(`/proc/net/${table}`, 'utf8'))) ?? '';
    for (const { network, port } of socketsIn(text)) {
      networks.add(network);
      ports.add(port);
    }
  }
  return { networks, ports };
}

/** @param table - the text of one of the kernel's tables of sockets. */
function socketsIn(table: string): readonly { readonly network: number; readonly port: number }[] {
  return table.split('\n').flatMap((line) => {
    const [, address, port] = /^\s*\d+: ([0-9A-F]{8}):([0-9A-F]{4}) /.exec(line) ?? [];
    if (address === undefined || port === undefined) return [];
    // The kernel prints the address as one number of the machine, its first byte the lowest.
    const [first, network = 0] = Buffer.from(address, 'hex').reverse();
    return first === 127 ? [{ network, port: Number.parseInt(port, 16) }] : [];
  });
}
