import type {
  ChangeResult,
  NameChange,
  NameEntry,
  NameRecord,
  NamesCapabilities,
} from '../../registry/names.ts';
import { Violation } from '../check/violation.ts';

/** A server of names, and what of it programs can ask. */
export interface NameServer {
  readonly capabilities: NamesCapabilities;
  /** What each name was last changed to. */
  readonly zone: NameZone;
  /**
   * Makes the changes, all or none, if each name still is what was read.
   *
   * @returns what to ask {@link isServed} with; null where one of the names was another.
   */
  replace(changes: readonly PlannedChange[]): string | null;
  isServed(settle: string): boolean;
  /** The addresses that it answers with; null where the name is not there. */
  lookUp(name: string): readonly string[] | null;
}

/** A change with what it is to replace, as it was read. */
export interface PlannedChange {
  readonly change: NameChange;
  readonly seen: NameEntry | null;
}

/** The names of one domain. */
export class NameZone {
  readonly #entries = new Map<string, NameEntry>();

  get(name: string): NameEntry | null {
    return this.#entries.get(name) ?? null;
  }

  list(owner: string | undefined): readonly NameEntry[] {
    return [...this.#entries.values()].filter(
      (entry) => !entry.removed && (owner === undefined || entry.owner === owner),
    );
  }

  /** Makes all of the changes if each name still is what was read. @returns whether it was. */
  replace(changes: readonly PlannedChange[]): boolean {
    const fits = changes.every(({ change, seen }) => this.get(change.name) === seen);
    if (fits) for (const { change, seen } of changes) this.#put(seen, entryOf(change));
    return fits;
  }

  #put(current: NameEntry | null, next: NameEntry): void {
    checkOrder(current, next);
    this.#entries.set(next.name, next);
  }
}

/** One authoritative server on the cluster's own machines: each change is one instant. */
export class LocalNameServer implements NameServer {
  readonly capabilities: NamesCapabilities = {
    changesMax: 1,
    ttlSecondsMin: 1,
    lists: true,
    settles: 'backend',
    types: ['A', 'AAAA', 'SRV', 'TXT'],
    late: { 'names.change': 'conditional' },
  };
  readonly zone: NameZone = new NameZone();

  replace(changes: readonly PlannedChange[]): string | null {
    return this.zone.replace(changes) ? 'served' : null;
  }

  isServed(): boolean {
    return true;
  }

  lookUp(name: string): readonly string[] | null {
    return addressesOf(this.zone.get(name));
  }
}

/** What an entry's name resolves to; null where it stands for nothing. */
export function addressesOf(entry: NameEntry | null): readonly string[] | null {
  if (entry === null || entry.removed) return null;
  return entry.records.flatMap(({ type, values }) => (type === 'A' ? values : []));
}

/** What a change comes to where that entry stands; null where it has to be sent. */
export function decided(current: NameEntry | null, change: NameChange): ChangeResult | null {
  const { name } = change;
  if (current === null) return null;
  if (!mayReplace(current, change)) return { name, outcome: 'stale', current };
  const same = sameContent(current, entryOf(change));
  const raised = change.generation > current.generation;
  return same && !raised ? { name, outcome: 'done', settle: '' } : null;
}

function entryOf({ name, records, owner, generation }: NameChange): NameEntry {
  return { name, records: records ?? [], owner, generation, removed: records === null };
}

function mayReplace(current: NameEntry, change: NameChange): boolean {
  if (current.owner !== change.owner) return current.removed;
  if (change.generation > current.generation) return true;
  return change.generation === current.generation && sameContent(current, entryOf(change));
}

function sameContent(a: NameEntry, b: NameEntry): boolean {
  return a.owner === b.owner && a.removed === b.removed && sameRecords(a.records, b.records);
}

function sameRecords(a: readonly NameRecord[], b: readonly NameRecord[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Kept beside the condition above, so that a double that loses it is found out. */
function checkOrder(current: NameEntry | null, next: NameEntry): void {
  if (current === null || current.owner !== next.owner) return;
  if (next.generation >= current.generation) return;
  const { generation } = current;
  throw new Violation('S11', `${next.name} goes from ${generation} back to ${next.generation}`);
}
