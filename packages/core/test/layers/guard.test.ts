import { FireCampError, type VolumeStore } from '@firecamp/core';
import { countingPermit, rejectsWith } from '@firecamp/core/conformance';
import { guardVolumes, withFaults, wrapVolumes } from '@firecamp/core/layers';
import { describe, expect, test } from 'vitest';
import { memoryDatabaseFixture } from '../support/memory-database.ts';
import { memoryNamesFixture } from '../support/memory-registry.ts';
import { memoryVolumeFixture } from '../support/memory-volumes.ts';
import { testClock } from '../support/test-clock.ts';

const effect = { permit: countingPermit() };

/** A store whose removals end when they are told to, with those that are under way by id. */
async function slowStore(): Promise<{
  readonly store: VolumeStore;
  readonly underWay: string[];
  readonly endOne: () => void;
}> {
  const { store } = await memoryVolumeFixture();
  const underWay: string[] = [];
  const ends: (() => void)[] = [];
  const slow: VolumeStore = {
    ...withFaults(wrapVolumes, store, { clock: testClock, faultOf: () => null }),
    remove: async (id) => {
      underWay.push(id);
      await new Promise<void>((resolve) => ends.push(resolve));
      underWay.splice(underWay.indexOf(id), 1);
    },
  };
  return { store: guardVolumes(slow), underWay, endOne: () => ends.shift()?.() };
}

describe('the guard', () => {
  test('what is out of range never reaches the backend', async () => {
    const { store, instruments } = await memoryVolumeFixture();
    const { names, instruments: nameInstruments } = await memoryNamesFixture();
    const { database, instruments: databaseInstruments } = await memoryDatabaseFixture();

    await rejectsWith('INVALID_ARGUMENT', () => store.get('../a'));
    await rejectsWith('INVALID_ARGUMENT', () => store.resize('a', -1, effect));
    await rejectsWith('INVALID_ARGUMENT', () => names.get('a b'));
    await rejectsWith('INVALID_ARGUMENT', () => database.get('C', 'a'));

    for (const { requests } of [instruments, nameInstruments, databaseInstruments]) {
      expect(requests?.()).toEqual({ changing: 0, reading: 0, byName: {} });
    }
    expect(effect.permit.asks).toEqual([]);
  });

  test('what is not claimed never reaches the backend', async () => {
    const { store: rich } = await memoryVolumeFixture();
    const capabilities = { ...rich.capabilities, resize: false, snapshots: false };
    const { store, instruments } = await memoryVolumeFixture(capabilities);

    await rejectsWith('UNSUPPORTED', () => store.resize('a', 2 ** 21, effect));
    await rejectsWith('UNSUPPORTED', () => store.removeSnapshot('a', effect));

    expect(instruments.requests?.()).toEqual({ changing: 0, reading: 0, byName: {} });
  });

  test('calls on one volume are taken one after another, those on another at once', async () => {
    const { store, underWay, endOne } = await slowStore();

    const calls = ['a', 'a', 'b'].map((id) => store.remove(id, effect));
    await expect.poll(() => [...underWay].sort()).toEqual(['a', 'b']);
    endOne();
    await calls[0];

    await expect.poll(() => underWay.filter((id) => id === 'a')).toEqual(['a']);
    endOne();
    endOne();
    await Promise.all(calls);
  });

  test('a call that fails lets the next one go', async () => {
    const { store } = await memoryVolumeFixture();

    const results = await Promise.allSettled([
      store.resize('absent', 2 ** 21, effect),
      store.resize('absent', 2 ** 21, effect),
    ]);

    const codes = results.map((result) =>
      result.status === 'rejected' && FireCampError.is(result.reason) ? result.reason.code : '',
    );
    expect(codes).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  });

  test('who gives up waiting is not served, and who waits behind it still waits its turn', async () => {
    const { store, underWay, endOne } = await slowStore();
    const giveUp = new AbortController();

    const first = store.remove('a', effect);
    const second = store.remove('a', { ...effect, signal: giveUp.signal });
    const third = store.remove('a', effect);
    await expect.poll(() => underWay.length).toBe(1);
    giveUp.abort();

    await rejectsWith('ABORTED', () => second);
    expect(underWay).toEqual(['a']);
    endOne();
    await first;
    await expect.poll(() => underWay.length).toBe(1);
    endOne();
    await third;
  });
});
