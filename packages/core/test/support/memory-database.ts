import type { DatabaseCapabilities } from '@firecamp/core';
import type { DatabaseFixture } from '@firecamp/core/conformance';
import { MemoryRecords, MemoryWire, memoryDatabase } from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { contextOf } from './memory-context.ts';
import { testClock } from './test-clock.ts';
import { wireInstruments } from './wire-instruments.ts';

export async function memoryDatabaseFixture(
  capabilities: DatabaseCapabilities = memoryDatabase.capabilities,
): Promise<DatabaseFixture> {
  const wire = new MemoryWire(testClock);
  const options = { backend: new MemoryRecords(wire, capabilities) };
  const { control, node } = memoryDatabase;
  if (control === null || node === null) throw new TypeError('the memory database has two halves');
  return {
    database: control(options, contextOf(null)),
    peer: node(options, contextOf('node-a')),
    collections: ['conformance', 'conformance-other'],
    clock: testClock,
    freshId,
    instruments: wireInstruments(wire),
    [Symbol.asyncDispose]: async () => {},
  };
}
