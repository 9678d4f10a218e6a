import type { Database } from '@firecamp/core';
import { FireCampError } from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { HandClock } from './hand-clock.ts';
import { all, emptyDatabase, failure, MANAGER, running } from './machine.ts';

const create = { kind: 'create', collection: 'things', id: 'a', value: 1, token: 't' } as const;

/** A database behind the gateway that does something else than it should. */
function behaving(change: Partial<Database>): Database {
  const good = emptyDatabase();
  return {
    capabilities: good.capabilities,
    get: (collection, id, call) => good.get(collection, id, call),
    list: (collection, options) => good.list(collection, options),
    write: (writes, call) => good.write(writes, call),
    watch: (collection, options) => good.watch(collection, options),
    ...change,
  };
}

/** The time of whoever waits is over soon after the database was asked. */
const never = <T>(clock: HandClock): Promise<T> => {
  setImmediate(() => clock.lapse());
  return new Promise(() => {});
};

const whenTold = <T>(clock: HandClock, signal: AbortSignal | undefined): Promise<T> => {
  setImmediate(() => clock.lapse());
  return new Promise((_, reject) => {
    signal?.addEventListener('abort', () => {
      reject(new FireCampError('ABORTED', 'told to end', { operation: 'x' }));
    });
  });
};

describe('a database that does not answer in time', () => {
  test.each<[string, (clock: HandClock) => Partial<Database>]>([
    ['at all', (clock) => ({ get: () => never(clock), write: () => never(clock) })],
    [
      'until it is told to end',
      (clock) => ({
        get: (_c, _i, call) => whenTold(clock, call?.signal),
        write: (_w, call) => whenTold(clock, call?.signal),
      }),
    ],
  ])('%s leaves open what happened to a change, and to nothing else', async (_, change) => {
    const clock = new HandClock();
    await using home = await running({ database: behaving(change(clock)), clock });
    const remote = await home.open(MANAGER);

    expect(await failure(remote.write([create]))).toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    expect(await failure(remote.get('things', 'a'))).toMatchObject({ code: 'UNAVAILABLE' });
    expect(home.failures).toEqual([]);
  });
});

describe('a list that fails', () => {
  const failing = async function* (after: number): AsyncGenerator<never> {
    const entry = { collection: 'things', id: 'a', value: 1, revision: '1', token: 't' };
    for (let count = 0; count < after; count++) yield { ...entry, removed: false } as never;
    throw new FireCampError('CORRUPT', 'page is damaged', { operation: 'Database.list' });
  };

  test.each([0, 1, 5])('after %d entries ends in its own error', async (after) => {
    await using home = await running({ database: behaving({ list: () => failing(after) }) });
    const remote = await home.open(MANAGER);

    expect(await failure(all(remote.list('things')))).toMatchObject({
      code: 'CORRUPT',
      message: 'page is damaged',
    });
  });
});

test('a fault within goes to the log, and only that there was one over the wire', async () => {
  const fault = new TypeError('secret is undefined at line 7');
  await using home = await running({
    database: behaving({
      get: () => Promise.reject(fault),
      // biome-ignore lint/correctness/useYield: It fails before it gives anything.
      list: async function* () {
        throw fault;
      },
    }),
  });
  const remote = await home.open(MANAGER);

  const errors = [
    await failure(remote.get('things', 'a')),
    await failure(all(remote.list('things'))),
  ];

  for (const error of errors) {
    expect(error.code).toBe('INTERNAL');
    expect(error.message).not.toContain('secret');
  }
  expect(home.failures).toEqual([fault, fault]);
});

test('an error keeps its code, its words, its subject and its remedy over the wire', async () => {
  const details = { operation: 'x.y', subject: { collection: 'things', id: 'a' }, remedy: 'df' };
  const error = new FireCampError('EXHAUSTED', 'the disk is full', details);
  await using home = await running({ database: behaving({ write: () => Promise.reject(error) }) });
  const remote = await home.open(MANAGER);

  expect(await failure(remote.write([create]))).toMatchObject({
    code: 'EXHAUSTED',
    message: 'the disk is full',
    ...details,
  });
});

test('a database without hints is watched all the same: the hints say to look', async () => {
  const good = emptyDatabase();
  const database = behaving({
    capabilities: { ...good.capabilities, watch: false },
    watch: () => {
      throw new FireCampError('UNSUPPORTED', 'no hints', { operation: 'Database.watch' });
    },
  });
  await using home = await running({ database });
  const remote = await home.open(MANAGER);

  for await (const hint of remote.watch('things')) {
    expect(hint).toEqual({ collection: 'things', id: null });
    break;
  }
});
