import { readFile } from 'node:fs/promises';
import { orAbsent } from '@firecamp/files';
import { ipNumber } from './loopback-range.ts';

const TABLES: readonly string[] = ['tcp', 'tcp6', 'udp', 'udp6'];
/** The state of a connection that has ended and only waits for stragglers. */
const TIME_WAIT = '06';
/** What an IPv4 address looks like for a socket of IPv6. */
const MAPPED = '0000000000000000FFFF0000';

/**
 * The ports at which a process of this machine has a socket bound to exactly that address, from
 * the kernel. A process that is stopped keeps its sockets; one that has ended has none. Sockets
 * that are bound to all addresses are not told.
 *
 * @param ip - IPv4.
 */
export async function boundPorts(ip: string): Promise<readonly string[]> {
  const found = new Set<string>();
  for (const table of TABLES) {
    // A kernel without IPv6 has no tables of it.
    const text = (await orAbsent(readFile(`/proc/net/${table}`, 'utf8'))) ?? '';
    for (const port of portsIn(text, ip)) found.add(`${table.slice(0, 3)}/${port}`);
  }
  return [...found];
}

/** @param table - the text of one of the kernel's tables of sockets. */
export function portsIn(table: string, ip: string): readonly number[] {
  const address = kernelText(ip);
  return table.split('\n').flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    const [at, port = ''] = local.split(':');
    const here = at === address || at === `${MAPPED}${address}`;
    // Without an inode it is nobody's any more.
    if (!here || state === TIME_WAIT || inode === '0' || inode === undefined) return [];
    return [Number.parseInt(port, 16)];
  });
}

/** Its bytes as the kernel prints them, which is in the order of the machine: the lowest first. */
function kernelText(ip: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(ipNumber(ip) ?? 0);
  return bytes.toString('hex').toUpperCase();
}
