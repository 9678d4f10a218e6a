import { isIP } from 'node:net';
import { checkDomain, FireCampError } from '@firecamp/core';
import { OptionReader, shown } from './option-reader.ts';

/** Where a DNS server listens, by UDP and TCP. */
export interface DnsAddress {
  /** An IPv4 or IPv6 address. */
  readonly address: string;
  readonly port: number;
}

/** What the configuration says of names. */
export interface LocalNamesOptions extends DnsAddress {
  /** Absolute path of the folder that holds the names; made where it is missing. */
  readonly folder: string;
  /** The domain beneath which all names are, for example `demo.internal`. */
  readonly zone: string;
}

const ADAPTER = 'local-dns';
const DEFAULT_PORT = 5300;
const PORT_MAX = 65_535;

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseNamesOptions(options: unknown): LocalNamesOptions {
  const reader = new OptionReader(ADAPTER, options, ['folder', 'zone', 'address', 'port']);
  return {
    folder: reader.folder('folder'),
    zone: zoneFrom(reader),
    address: addressFrom(reader),
    port: portFrom(reader),
  };
}

function zoneFrom(reader: OptionReader): string {
  const zone = reader.value('zone');
  if (typeof zone !== 'string') throw reader.fault('zone', 'expected a domain of lower case');
  try {
    return checkDomain('zone', zone);
  } catch (error) {
    throw FireCampError.is(error) ? reader.fault('zone', error.message) : error;
  }
}

/** Only this machine may ask: whoever serves a network needs a server that is made for it. */
function addressFrom(reader: OptionReader): string {
  const address = reader.value('address') ?? '127.0.0.1';
  const loopback =
    typeof address === 'string' &&
    ((isIP(address) === 4 && address.startsWith('127.')) || address === '::1');
  if (loopback) return address;
  throw reader.fault('address', `expected a loopback address, found ${shown(address)}`);
}

function portFrom(reader: OptionReader): number {
  const port = reader.value('port') ?? DEFAULT_PORT;
  if (typeof port === 'number' && Number.isSafeInteger(port) && port >= 1 && port <= PORT_MAX) {
    return port;
  }
  throw reader.fault('port', `expected a whole number from 1 to ${PORT_MAX}, found ${shown(port)}`);
}
