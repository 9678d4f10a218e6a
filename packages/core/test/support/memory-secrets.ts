import type { SecretFixture } from '@firecamp/core/conformance';
import { MemoryVault, MemoryWire, memorySecrets } from '@firecamp/core/memory';
import { freshId } from './fresh-id.ts';
import { contextOf } from './memory-context.ts';
import { testClock } from './test-clock.ts';
import { wireInstruments } from './wire-instruments.ts';

export async function memorySecretFixture(): Promise<SecretFixture> {
  const backend = new MemoryVault(new MemoryWire(testClock));
  const { control, node } = memorySecrets;
  if (control === null || node === null) throw new TypeError('memory secrets have two halves');
  return {
    secrets: control({ backend }, contextOf(null)),
    peer: node({ backend }, contextOf('node-a')),
    clock: testClock,
    freshId,
    instruments: wireInstruments(backend.wire),
    [Symbol.asyncDispose]: async () => {},
  };
}
