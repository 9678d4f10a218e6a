import { createHash } from 'node:crypto';
import { type AddressRange, rangeOf } from './loopback-range.ts';
import { OptionReader, shown } from './option-reader.ts';

/** What the configuration says of loopback addresses. */
export interface LoopbackOptions {
  /** Absolute path of the folder that says which are given out; made where it is missing. */
  readonly folder: string;
  /** Which there are. */
  readonly range: AddressRange;
}

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseLoopbackOptions(options: unknown): LoopbackOptions {
  const reader = new OptionReader('loopback', options, ['folder', 'pool']);
  const folder = reader.folder('folder');
  const pool = reader.value('pool') ?? ownNetwork(folder);
  if (typeof pool !== 'string') throw reader.fault('pool', `expected text, found ${shown(pool)}`);
  const range = rangeOf(pool);
  if (typeof range === 'string') throw reader.fault('pool', range);
  return { folder, range };
}

/** One of 16384 networks: clusters of one machine seldom have the same. */
function ownNetwork(folder: string): string {
  const [second = 0, third = 0] = createHash('sha256').update(folder).digest();
  return `127.${64 + (second % 64)}.${third}.0/24`;
}
