/** Consecutive IPv4 addresses. */
export interface AddressRange {
  /** The first that may be given out, as a number of 32 bits. */
  readonly first: number;
  /** How many there are. */
  readonly size: number;
}

const CIDR = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})\/(\d{1,2})$/;
/** Where the machine's own services are, such as its resolver: nobody gives these away. */
const RESERVED_END = ipNumber('127.1.0.0') ?? 0;
const LOOPBACK = 127;
const PREFIX_MIN = 9;
const PREFIX_MAX = 30;

/** The number of an IPv4 address; null where the text is none. */
export function ipNumber(text: string): number | null {
  const octets = text.split('.');
  const good = octets.length === 4 && octets.every((one) => /^(0|[1-9]\d{0,2})$/.test(one));
  if (!good || octets.some((one) => Number(one) > 255)) return null;
  return octets.reduce((sum, one) => sum * 256 + Number(one), 0);
}

export function ipText(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
}

/** @returns the addresses of a network but its first and last one, or what is wrong with it. */
export function rangeOf(network: string): AddressRange | string {
  const [, base = '', bits = ''] = CIDR.exec(network) ?? [];
  const start = ipNumber(base);
  const prefix = Number(bits);
  if (start === null || prefix < PREFIX_MIN || prefix > PREFIX_MAX) {
    return `expected a network such as 127.77.0.0/16, of ${PREFIX_MIN} to ${PREFIX_MAX} bits`;
  }
  const count = 2 ** (32 - prefix);
  if (start % count !== 0) return `${base} is not where a network of ${prefix} bits begins`;
  if (start >>> 24 !== LOOPBACK) return `${network} is not in 127.0.0.0/8`;
  if (start < RESERVED_END) return `${network} has addresses of 127.0.0.0/16, which others use`;
  return { first: start + 1, size: count - 2 };
}
