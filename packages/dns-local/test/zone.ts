import type { NameRecord, Names } from '@firecamp/core';
import { countingPermit } from '@firecamp/core/conformance';
import { createLocalNames, type DnsServer, startDnsServer } from '@firecamp/dns-local';
import { tempFolder } from './machine.ts';

export const ZONE = 'demo.internal';

/** A served zone, and a client that changes it. */
export interface ServedZone extends AsyncDisposable {
  readonly folder: string;
  readonly server: DnsServer;
  readonly names: Names;
  /** Sets the name, in a later generation at each call. */
  readonly set: (name: string, ...records: readonly NameRecord[]) => Promise<void>;
  readonly remove: (name: string) => Promise<void>;
}

export async function servedZone(): Promise<ServedZone> {
  const temp = await tempFolder();
  const options = { folder: temp.path, zone: ZONE, address: '127.0.0.1', port: 0 };
  const server = await startDnsServer(options);
  const names = createLocalNames(options);
  let generation = 0;
  const change = async (name: string, records: readonly NameRecord[] | null): Promise<void> => {
    generation += 1;
    const options = { permit: countingPermit() };
    const [result] = await names.change(
      [{ name, records, owner: 'service-1', generation }],
      options,
    );
    if (result?.outcome !== 'done') throw new TypeError(`${name}: ${result?.outcome}`);
  };
  return {
    folder: temp.path,
    server,
    names,
    set: (name, ...records) => change(name, records),
    remove: (name) => change(name, null),
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await temp[Symbol.asyncDispose]();
    },
  };
}

export function a(...values: readonly string[]): NameRecord {
  return { type: 'A', values, ttlSeconds: 7 };
}
