import { isIP } from 'node:net';
import type { DnsAddress } from '@firecamp/dns-local';
import type { Input } from './input.ts';

const PORT_MAX = 65_535;

/**
 * An option that says where a DNS server is; an address of IPv6 stands in brackets.
 *
 * @throws `INVALID_ARGUMENT` - it is no address and port.
 */
export function dnsAddress(input: Input, name: string): DnsAddress {
  const text = input.text(name);
  const [, four, six, digits] = /^(?:([\d.]+)|\[([\da-f:.]+)\]):(\d{1,5})$/i.exec(text) ?? [];
  const address = four ?? six ?? '';
  const port = Number(digits);
  if (isIP(address) !== 0 && port >= 1 && port <= PORT_MAX) return { address, port };
  throw input.refusal(name, 'expected <address>:<port>, such as 127.0.0.1:53');
}
