import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { custom } from '@firecamp/catalog';
import { FireCampError } from '@firecamp/core';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { expectGolden, factsOf, secretsOf } from '../golden.ts';

function load(name: string): unknown {
  return parse(readFileSync(join(import.meta.dirname, name), 'utf8'));
}

const REDIS = load('redis.yaml') as Readonly<Record<string, unknown>>;
const BAD = load('bad.yaml') as readonly { readonly key: string; readonly spec: unknown }[];

function keyAtFault(input: unknown, members = 3): string | undefined {
  try {
    custom.parse(input, members);
    return undefined;
  } catch (error) {
    if (FireCampError.is(error, 'INVALID_ARGUMENT')) return error.subject['key'];
    throw error;
  }
}

test("the files of a program of one's own are as they are written down", async () => {
  const spec = custom.parse(REDIS, 3);

  await expectGolden('custom/redis', custom.files(factsOf(spec, 1, 'kv'), secretsOf(custom, spec)));
});

test('what the orchestrator is to run is what the file says', () => {
  const { members, secrets, ...policies } = custom.wanted(custom.parse(REDIS, 2), 2);

  expect(members.map(({ ordinal }) => ordinal)).toEqual([0, 1]);
  expect(members[1]).toMatchObject({
    program: {
      image: 'redis:8',
      command: REDIS['command'],
      stopSignal: 'SIGTERM',
      graceMs: 30_000,
    },
    ports: [{ name: 'redis', port: 6379, protocol: 'tcp' }],
    volumes: [{ role: 'data', sizeBytes: 2 ** 30 }],
  });
  expect(secrets).toEqual([{ name: 'password', bytes: 24 }]);
  expect(policies).toEqual({
    startOrder: 'leader-first',
    restartOrder: 'leader-first',
    unavailableMax: 2,
  });
});

test('a spec of before restarts had an order restarts its leader last', () => {
  const { restartOrder: _, ...older } = custom.parse({ image: 'a' }, 1);

  expect(custom.wanted(older as ReturnType<typeof custom.parse>, 1)).not.toHaveProperty(
    'restartOrder',
  );
});

test('a spec that was read may be read again', () => {
  const once = custom.parse(REDIS, 3);

  expect(custom.parse(JSON.parse(JSON.stringify(once)), 3)).toEqual(once);
});

test('an address that is not known stands as nothing', () => {
  const spec = custom.parse(REDIS, 3);
  const facts = factsOf(spec, 1);
  const peers = facts.peers.map((peer) => ({ ...peer, address: null }));

  const [conf] = custom.files({ ...facts, peers }, secretsOf(custom, spec));

  expect(conf?.content).toContain('led by pg-0 at \n');
  expect(conf?.content).toContain(' at ,127.10.0.2,;');
});

test.each(BAD)('a file that is wrong at $key is refused: $spec', ({ key, spec }) => {
  expect(keyAtFault(spec)).toBe(key);
});

test('a file may be as long as its bound, and no longer', () => {
  const ofLength = (length: number) => ({
    image: 'a',
    files: [{ path: '.conf', content: 'x'.repeat(length) }],
  });

  expect(keyAtFault(ofLength(65_536))).toBeUndefined();
  expect(keyAtFault(ofLength(65_537))).toBe('files[0].content');
});

test('a key that means something else to the language is refused', () => {
  const environment: unknown = JSON.parse('{"__proto__": "x"}');

  expect(keyAtFault({ image: 'a', environment })).toBe('environment.__proto__');
});
