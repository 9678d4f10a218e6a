import {
  type Clock,
  type Database,
  FireCampError,
  type Names,
  type Random,
  Secret,
} from '@firecamp/core';
import { countingPermit, rejectsWith } from '@firecamp/core/conformance';
import {
  type Call,
  CallCounter,
  type CallFault,
  type TraceEvent,
  withFaults,
  withLimit,
  withRetry,
  withTrace,
  wrapDatabase,
  wrapNames,
  wrapSecrets,
  wrapVolumes,
} from '@firecamp/core/layers';
import { describe, expect, test } from 'vitest';
import { freshId } from '../support/fresh-id.ts';
import { memoryDatabaseFixture } from '../support/memory-database.ts';
import { memoryNamesFixture } from '../support/memory-registry.ts';
import { memorySecretFixture } from '../support/memory-secrets.ts';
import { memoryVolumeFixture } from '../support/memory-volumes.ts';
import { testClock } from '../support/test-clock.ts';

const random: Random = { next: () => 0, id: freshId };

/** A clock that stands still but for those who sleep, and that writes down how long they slept. */
function countingClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  let nowMs = 0;
  return {
    slept,
    monotonicMs: () => nowMs,
    leaseNowMs: () => nowMs,
    wallNowMs: () => nowMs,
    sleep: async (ms, signal) => {
      if (signal?.aborted) throw new FireCampError('ABORTED', 'ended', { operation: 'sleep' });
      slept.push(ms);
      nowMs += ms;
    },
  };
}

const tags = { cluster: 'test', service: 'service', member: 'service-0', operation: 'test' };

function volumeSpec() {
  return { id: freshId(), sizeBytes: 1_048_576, zone: 'zone-1', tags };
}

/** Faults taken one after another, then none. */
const inTurn =
  (...faults: CallFault[]) =>
  (): CallFault | null =>
    faults.shift() ?? null;

describe('retry', () => {
  test('a call that does no harm twice is made again until it is answered, with a longer wait each time', async () => {
    const { store } = await memoryVolumeFixture();
    const clock = countingClock();
    const faultOf = inTurn('request-lost', 'answer-lost', 'request-lost');
    const faulty = withFaults(wrapVolumes, store, { clock, faultOf });
    const retrying = withRetry(wrapVolumes, faulty, { clock, random, delayMs: 100 });
    const spec = volumeSpec();

    const made = await retrying.create(spec, { permit: countingPermit() });

    expect(made.id).toBe(spec.id);
    expect(clock.slept).toEqual([50, 100, 200]);
  });

  test('the attempts are bounded, and what is unknown stays so', async () => {
    const { store } = await memoryVolumeFixture();
    const clock = countingClock();
    const calls: Call[] = [];
    const faultOf = (call: Call): CallFault => {
      calls.push(call);
      return 'request-lost';
    };
    const faulty = withFaults(wrapVolumes, store, { clock, faultOf });
    const retrying = withRetry(wrapVolumes, faulty, { clock, random, attemptsMax: 3 });

    await rejectsWith('UNKNOWN_OUTCOME', () =>
      retrying.create(volumeSpec(), { permit: countingPermit() }),
    );

    expect(calls).toHaveLength(3);
  });

  test('an attempt that was not answered is not forgotten because the next one is refused entry', async () => {
    const { store } = await memoryVolumeFixture();
    const clock = countingClock();
    const faulty = withFaults(wrapVolumes, store, { clock, faultOf: inTurn('answer-lost') });
    let calls = 0;
    const busy = {
      ...faulty,
      create: async (...args: Parameters<typeof store.create>) => {
        calls += 1;
        if (calls > 1) throw new FireCampError('UNAVAILABLE', 'busy', { operation: 'test' });
        return faulty.create(...args);
      },
    };
    const retrying = withRetry(wrapVolumes, busy, { clock, random });

    await rejectsWith('UNKNOWN_OUTCOME', () =>
      retrying.create(volumeSpec(), { permit: countingPermit() }),
    );
  });

  test('the permit is asked for each attempt, and one that was taken back ends them', async () => {
    const { store, instruments } = await memoryVolumeFixture();
    const clock = countingClock();
    const retrying = withRetry(wrapVolumes, store, { clock, random });
    const permit = countingPermit();
    const revoked = countingPermit({ revokedAt: 2 });
    const before = instruments.requests?.().changing ?? 0;

    instruments.loseRequest?.();
    await retrying.create(volumeSpec(), { permit });
    instruments.loseRequest?.();
    await rejectsWith('ABORTED', () => retrying.create(volumeSpec(), { permit: revoked }));

    expect(permit.asks).toHaveLength(2);
    expect(revoked.asks).toHaveLength(2);
    expect((instruments.requests?.().changing ?? 0) - before).toBe(3);
  });

  test('a call that only its caller may repeat is not repeated after a lost answer', async () => {
    const { database, collections, instruments } = await memoryDatabaseFixture();
    const retrying = withRetry(wrapDatabase, database, { clock: countingClock(), random });
    const [collection] = collections;
    const write = { kind: 'create', collection, id: 'a', value: 1, token: 't' } as const;

    instruments.loseAnswer?.();
    await rejectsWith('UNKNOWN_OUTCOME', () => retrying.write([write]));

    expect(instruments.requests?.().changing).toBe(1);
  });

  test.each(['INVALID_ARGUMENT', 'CONFLICT', 'FAILED_PRECONDITION', 'NOT_FOUND'] as const)(
    'what %s says is not asked for again',
    async (code) => {
      const { store } = await memoryVolumeFixture();
      const clock = countingClock();
      const refusing = {
        ...withFaults(wrapVolumes, store, { clock, faultOf: () => null }),
        get: async () => {
          throw new FireCampError(code, 'refused', { operation: 'test' });
        },
      };
      const retrying = withRetry(wrapVolumes, refusing, { clock, random });

      await rejectsWith(code, () => retrying.get('a'));

      expect(clock.slept).toEqual([]);
    },
  );

  test('a list is made again while it has given nothing, and not after', async () => {
    const { database, collections } = await memoryDatabaseFixture();
    const [collection] = collections;
    for (const id of ['a', 'b']) {
      await database.write([{ kind: 'create', collection, id, value: 1, token: id }]);
    }
    const clock = countingClock();
    const listed = async (fault: CallFault): Promise<readonly string[]> => {
      const faulty = withFaults(wrapDatabase, database, { clock, faultOf: inTurn(fault) });
      const found: string[] = [];
      const retrying = withRetry(wrapDatabase, faulty, { clock, random });
      for await (const { id } of retrying.list(collection)) found.push(id);
      return found;
    };

    expect(await listed('request-lost')).toEqual(['a', 'b']);
    await rejectsWith('UNAVAILABLE', () => listed('answer-lost'));
  });
});

describe('limit', () => {
  const perSecond = 10;

  test('a burst goes at once, and what is more waits for its turn', async () => {
    const { database, collections } = await memoryDatabaseFixture();
    const clock = countingClock();
    const limited = withLimit(wrapDatabase, database, { clock, perSecond, burst: 2 });

    for (let call = 0; call < 4; call += 1) await limited.get(collections[0], 'a');

    expect(clock.slept).toEqual([100, 100]);
  });

  test('a rest fills the bucket to its burst and no further', async () => {
    const { database, collections } = await memoryDatabaseFixture();
    const clock = countingClock();
    const limited = withLimit(wrapDatabase, database, { clock, perSecond, burst: 2 });
    await clock.sleep(60_000);

    for (let call = 0; call < 3; call += 1) await limited.get(collections[0], 'a');

    expect(clock.slept).toEqual([60_000, 100]);
  });

  test('who finds too many waiting is turned away, and its call is not made', async () => {
    const { database, collections, instruments } = await memoryDatabaseFixture();
    const limited = withLimit(wrapDatabase, database, {
      clock: countingClock(),
      perSecond: 50,
      burst: 1,
      waitingMax: 1,
    });
    const [collection] = collections;

    const calls = [1, 2, 3].map(() => limited.get(collection, 'a'));

    await rejectsWith('EXHAUSTED', () => calls[2] ?? Promise.resolve());
    await Promise.all(calls.slice(0, 2));
    expect(instruments.requests?.().reading).toBe(2);
  });

  test('who gives up waiting is not served', async () => {
    const { database, collections, instruments } = await memoryDatabaseFixture();
    const limited = withLimit(wrapDatabase, database, {
      clock: testClock,
      perSecond: 0.1,
      burst: 1,
    });
    const giveUp = new AbortController();
    await limited.get(collections[0], 'a');

    const waiting = limited.get(collections[0], 'a', { signal: giveUp.signal });
    giveUp.abort();

    await rejectsWith('ABORTED', () => waiting);
    expect(instruments.requests?.().reading).toBe(1);
  });
});

describe('faults', () => {
  const faulty = async (
    ...faults: CallFault[]
  ): Promise<{ database: Database; sound: Database }> => {
    const { database } = await memoryDatabaseFixture();
    const faultOf = inTurn(...faults);
    const clock = testClock;
    return { database: withFaults(wrapDatabase, database, { clock, faultOf }), sound: database };
  };
  const create = { kind: 'create', collection: 'c', id: 'a', value: 1, token: 't' } as const;

  test('a request that was lost did not happen, and its caller cannot know', async () => {
    const { database, sound } = await faulty('request-lost');

    await rejectsWith('UNKNOWN_OUTCOME', () => database.write([create]));

    expect(await sound.get('c', 'a')).toBeNull();
  });

  test('a request whose answer was lost did happen, and its caller cannot know', async () => {
    const { database, sound } = await faulty('answer-lost');

    await rejectsWith('UNKNOWN_OUTCOME', () => database.write([create]));

    expect((await sound.get('c', 'a'))?.value).toBe(1);
  });

  test('a slow call ends when its caller gives up, and did not happen', async () => {
    const { database, sound } = await faulty('slow');
    const giveUp = new AbortController();

    const pending = database.write([create], { signal: giveUp.signal });
    giveUp.abort();

    await rejectsWith('ABORTED', () => pending);
    expect(await sound.get('c', 'a')).toBeNull();
  });

  test('a reading call that was lost is UNAVAILABLE: it could not have changed anything', async () => {
    const { database } = await faulty('request-lost', 'answer-lost');

    await rejectsWith('UNAVAILABLE', () => database.get('c', 'a'));
    await rejectsWith('UNAVAILABLE', () => database.get('c', 'a'));
  });

  test('a change of names that was lost is unknown name by name', async () => {
    const { names, domain } = await memoryNamesFixture();
    const options = { clock: testClock, faultOf: inTurn('answer-lost') };
    const broken: Names = withFaults(wrapNames, names, options);
    const name = `a.${domain}`;
    const records = [{ type: 'A', values: ['192.0.2.1'], ttlSeconds: 5 }] as const;

    const results = await broken.change([{ name, records, owner: 'o', generation: 1 }], {
      permit: countingPermit(),
    });

    expect(results).toEqual([{ name, outcome: 'unknown', settle: null }]);
    expect((await names.get(name))?.generation).toBe(1);
  });
});

describe('trace', () => {
  test('each call is told of once it has ended, with its subject, outcome and time', async () => {
    const { store } = await memoryVolumeFixture();
    const events: TraceEvent[] = [];
    const clock = countingClock();
    const traced = withTrace(wrapVolumes, store, { clock, sink: (event) => events.push(event) });
    const spec = volumeSpec();

    await traced.create(spec, { permit: countingPermit() });
    await traced
      .snapshot('absent', { id: 's', tags }, { permit: countingPermit() })
      .catch(() => {});
    for await (const _ of traced.list({})) break;
    for await (const _ of traced.list({}));

    const told = events.map(({ operation, subject, outcome, items }) => [
      operation,
      subject,
      outcome,
      items,
    ]);
    expect(told).toEqual([
      ['VolumeStore.create', spec.id, 'done', 0],
      ['VolumeStore.snapshot', 's', 'NOT_FOUND', 0],
      ['VolumeStore.list', '', 'left', 1],
      ['VolumeStore.list', '', 'done', 1],
    ]);
  });

  test('no event tells a secret', async () => {
    const { secrets } = await memorySecretFixture();
    const events: TraceEvent[] = [];
    const sink = (event: TraceEvent): void => void events.push(event);
    const traced = withTrace(wrapSecrets, secrets, { clock: testClock, sink });

    await traced.create('a/b', new Secret('canary'), { permit: countingPermit() });
    await traced.read('a/b');

    expect(events).toHaveLength(2);
    expect(JSON.stringify(events)).not.toContain('canary');
  });

  test('the counter counts the calls of each operation and their failures by code', async () => {
    const { store } = await memoryVolumeFixture();
    const counter = new CallCounter();
    const traced = withTrace(wrapVolumes, store, { clock: testClock, sink: counter.sink });

    await traced.get('a');
    await traced.get('b');
    await traced.get('../c').catch(() => {});

    expect(counter.counts()).toEqual({
      'VolumeStore.get': { calls: 3, failures: { INVALID_ARGUMENT: 1 } },
    });
  });
});
