import {
  type Database,
  decodeMember,
  type MemberRecord,
  type Random,
  RecordStore,
} from '@firecamp/core';
import { MemoryRecords, MemoryWire, memoryDatabase } from '@firecamp/core/memory';
import { ManualClock } from './manual-clock.ts';
import { contextOf } from './memory-context.ts';

/** Ids that are counted, so that a failing test tells the same story twice. */
export function countedIds(name: string): Random {
  let count = 0;
  return {
    next: () => 0.5,
    id: () => {
      count += 1;
      return `${name}-${count}`;
    },
  };
}

/** Member records in a memory database whose wire a test can make lose things. */
export interface MemoryMembers {
  readonly clock: ManualClock;
  readonly wire: MemoryWire;
  readonly database: Database;
  readonly store: RecordStore<MemberRecord>;
  /** The same records, as another process writes them. */
  readonly other: RecordStore<MemberRecord>;
}

export function memoryMembers(): MemoryMembers {
  const clock = new ManualClock();
  const wire = new MemoryWire(clock);
  const { control } = memoryDatabase;
  if (control === null) throw new TypeError('the memory database has a control half');
  const database = control({ backend: new MemoryRecords(wire) }, contextOf(null));
  const store = (name: string): RecordStore<MemberRecord> =>
    new RecordStore({
      database,
      clock,
      random: countedIds(name),
      collection: 'members',
      decode: decodeMember,
      retryMs: 0,
    });
  return { clock, wire, database, store: store('a'), other: store('b') };
}
