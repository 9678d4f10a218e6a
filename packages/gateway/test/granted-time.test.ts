import { readFile } from 'node:fs/promises';
import type { Names, Permit } from '@firecamp/core';
import { MemoryWire, MemoryZone, memoryNames } from '@firecamp/core/memory';
import { expect, test } from 'vitest';
import { HandClock } from './hand-clock.ts';
import { clock, context, MANAGER, running } from './machine.ts';
import { ask } from './raw-http.ts';

const NAME = 'a.internal';
const GRANTED_MS = 5_000;

/** Its time goes on only where a test says so. */
class Time extends HandClock {
  nowMs = 0;
  override monotonicMs = (): number => this.nowMs;
}

/** Names that do that before each change. */
function namesThat(act: (permit: Permit) => Promise<void>): Names {
  const backend = new MemoryZone(new MemoryWire(clock));
  const good = memoryNames.control?.({ backend }, context);
  if (good === undefined) throw new TypeError('the memory names have no control half');
  return {
    capabilities: good.capabilities,
    get: (name, call) => good.get(name, call),
    list: (filter) => good.list(filter),
    settled: (settle, call) => good.settled(settle, call),
    change: async (changes, options) => {
      await act(options.permit);
      return good.change(changes, options);
    },
  };
}

/** What a gateway before these names answers to a caller whose permit granted 5 seconds. */
async function answerTo(names: Names, time: Time): Promise<unknown> {
  await using home = await running({ names, clock: time });
  const records = [{ type: 'A', values: ['192.0.2.9'], ttlSeconds: 5 }];
  const changes = [{ name: NAME, records, owner: 'svc', generation: 1 }];
  const answer = await ask({
    socket: home.socket,
    token: await readFile(await home.tokenFile(MANAGER), 'utf8'),
    path: '/v1/names.change',
    body: JSON.stringify({ generation: 1, timeoutMs: GRANTED_MS, changes }),
  });
  return JSON.parse(answer?.body ?? 'null');
}

test('all that is sent for one request shares the time that its caller was granted', async () => {
  const time = new Time();
  const grantedMs: number[] = [];
  const names = namesThat(async (permit) => {
    for (const request of ['first', 'second', 'third']) {
      grantedMs.push(await permit.ask(request));
      time.nowMs += 2_500;
    }
  });

  const answer = await answerTo(names, time);

  expect(grantedMs).toEqual([GRANTED_MS, GRANTED_MS - 2_500]);
  expect(answer).toMatchObject({ error: { code: 'ABORTED' } });
  expect(await names.get(NAME)).toBeNull();
});

test('a change that does not answer is given up when the time of its caller is over', async () => {
  const time = new Time();
  const names = namesThat(() => {
    setImmediate(() => time.lapse());
    return new Promise(() => {});
  });

  const answer = await answerTo(names, time);

  expect(answer).toMatchObject({ error: { code: 'UNKNOWN_OUTCOME' } });
  expect(time.askedMs[0]).toBe(GRANTED_MS);
});
