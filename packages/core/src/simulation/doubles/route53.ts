import type { NameEntry, NamesCapabilities } from '../../registry/names.ts';
import { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressesOf, type NameServer, NameZone, type PlannedChange } from './names.ts';

/** A change is PENDING until all servers answer with it: up to 60 s in the API's words. */
const SYNC_MS: readonly [number, number] = [500, 8_000];

/**
 * A hosted zone. A batch deletes exactly the record that was read and creates the new one, of all
 * of its names or of none (InvalidChangeBatch), and is served only a while after that. Its lists
 * are never old: ListResourceRecordSets returns the most current records, PENDING ones too.
 */
export class Route53Backend implements NameServer {
  readonly capabilities: NamesCapabilities = {
    changesMax: 100,
    ttlSecondsMin: 1,
    lists: true,
    settles: 'backend',
    types: ['A', 'AAAA', 'SRV', 'TXT'],
    late: { 'route53.change': 'conditional' },
  };
  readonly zone: NameZone = new NameZone();
  readonly #served = new Map<string, NameEntry | null>();
  readonly #insync = new Set<string>();
  readonly #kernel: Kernel;
  readonly #stream: Stream;
  #batches = 0;

  constructor(kernel: Kernel, seed: number) {
    this.#kernel = kernel;
    this.#stream = new Stream(seed, 'route53');
  }

  replace(changes: readonly PlannedChange[]): string | null {
    if (!this.zone.replace(changes)) return null;
    this.#batches += 1;
    const id = `C${this.#batches}`;
    this.#kernel.after(this.#stream.between(...SYNC_MS), () => {
      this.#insync.add(id);
      for (const { change } of changes) this.#served.set(change.name, this.zone.get(change.name));
    });
    return id;
  }

  isServed(settle: string): boolean {
    return this.#insync.has(settle);
  }

  lookUp(name: string): readonly string[] | null {
    return addressesOf(this.#served.get(name) ?? null);
  }
}
