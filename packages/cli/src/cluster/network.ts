import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
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

/** A socket as the kernel lists it: of 127.(network).x.x. */
interface Used {
  readonly network: number;
  readonly port: number;
}

/** A network that no other command chooses while it is held. */
export interface HeldNetwork extends AsyncDisposable {
  readonly network: ClusterNetwork;
}

/** Two that choose at once see each other, and choose again. */
const HOLDS_MAX = 20;
/** The host within a network at which it is held: no member's, and no node's. */
const HELD_AT = '255.254';

/** The first network that a cluster of the shortest numbers would have. */
export const ANY_NETWORK: ClusterNetwork = {
  members: MEMBER_NETWORK_MIN,
  nodes: NODE_NETWORK_MIN,
  dnsPort: DNS_PORT_MIN,
};

/**
 * Chooses a network that no socket of this machine is in: where the nodes of two clusters met,
 * members would find those of the other cluster.
 *
 * @param count - of nodes, at least 1.
 * @param next - numbers from 0 to below 1.
 */
export async function chooseNetwork(count: number, next: () => number): Promise<ClusterNetwork> {
  const used = await loopbackUse();
  const networks = new Set(used.map(({ network }) => network));
  const ports = new Set(used.map(({ port }) => port));
  const free = (from: number, width: number): boolean =>
    Array.from({ length: width }, (_, index) => from + index).every((each) => !networks.has(each));
  return {
    members: choose(MEMBER_NETWORK_MIN, MEMBER_NETWORK_MAX, next, (each) => free(each, 1)),
    nodes: choose(NODE_NETWORK_MIN, NODE_NETWORK_MAX, next, (each) => free(each, count)),
    dnsPort: choose(DNS_PORT_MIN, DNS_PORT_MAX, next, (each) => !ports.has(each)),
  };
}

/** As {@link chooseNetwork}; it is in use from now on, until the cluster's own sockets are there. */
export async function holdNetwork(count: number, next: () => number): Promise<HeldNetwork> {
  for (let attempt = 1; ; attempt += 1) {
    const network = await chooseNetwork(count, next);
    const nodes = Array.from({ length: count }, (_, index) => network.nodes + index);
    const own = [network.members, ...nodes];
    const sockets = await Promise.all(own.map(socketIn));
    const ports = new Set(sockets.map((socket) => socket.address().port));
    const others = (await loopbackUse()).filter(({ port }) => !ports.has(port));
    const close = async (): Promise<void> => {
      for (const socket of sockets) socket.close();
    };
    const alone = !others.some((other) => own.includes(other.network));
    if (alone || attempt === HOLDS_MAX) return { network, [Symbol.asyncDispose]: close };
    await close();
  }
}

async function socketIn(network: number): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, `127.${network}.${HELD_AT}`);
  await once(socket, 'listening');
  return socket;
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

/** The sockets of this machine's loopback network, from the kernel; IPv4 alone. */
async function loopbackUse(): Promise<readonly Used[]> {
  const tables = TABLES.map((table) => orAbsent(readFile(`/proc/net/${table}`, 'utf8')));
  return (await Promise.all(tables)).flatMap((text) => socketsIn(text ?? ''));
}

/** @param table - the text of one of the kernel's tables of sockets. */
function socketsIn(table: string): readonly Used[] {
  return table.split('\n').flatMap((line) => {
    const [, address, port] = /^\s*\d+: ([0-9A-F]{8}):([0-9A-F]{4}) /.exec(line) ?? [];
    if (address === undefined || port === undefined) return [];
    // The kernel prints the address as one number of the machine, its first byte the lowest.
    const [first, network = 0] = Buffer.from(address, 'hex').reverse();
    return first === 127 ? [{ network, port: Number.parseInt(port, 16) }] : [];
  });
}
