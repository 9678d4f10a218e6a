import {
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@firecamp/compose';
import { COLLECTIONS, FireCampError, type Json } from '@firecamp/core';
import { remoteDatabase } from '@firecamp/gateway';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodings } from './support/encodings.ts';
import { TestCluster } from './support/test-cluster.ts';

let cluster: TestCluster;
let secrets: readonly string[] = [];
let tokens: readonly string[] = [];

const NOTHING = /^$/;

beforeAll(async () => {
  cluster = await TestCluster.up();
  await cluster.postgresql('pg');
  const state = join(cluster.folder, '.firecamp');
  secrets = globSync(join(state, 'secrets/*/*/*')).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/"value":"([^"]+)"/g)].map((match) => match[1] ?? ''),
  );
  tokens = globSync(join(state, 'tokens/*')).map((path) => readFileSync(path, 'utf8').trim());
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** Where a text is that holds one of the secrets, in whatever form; not which. */
function leaks(texts: Readonly<Record<string, string>>): readonly string[] {
  const canaries = [...secrets, ...tokens.map((token) => token.split('.').at(-1) ?? '')];
  const forms = canaries.flatMap(encodings);
  return Object.entries(texts)
    .filter(([, text]) => forms.some((form) => text.includes(form)))
    .map(([where]) => where);
}

/** Null of what a running cluster has replaced or removed since it was listed. */
function ifThere<T>(look: () => T): T | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Every file below the folder, those that begin with a dot too, which `globSync` leaves out. */
function files(folder: string, except: RegExp): Readonly<Record<string, string>> {
  const entries = ifThere(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  const found = entries.flatMap((entry): readonly (readonly [string, string])[] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return Object.entries(files(path, except));
    if (!entry.isFile() || except.test(path)) return [];
    const text = ifThere(() => readFileSync(path, 'latin1'));
    return text === null ? [] : [[path, text]];
  });
  return Object.fromEntries(found);
}

test('the scan finds a secret where one is', () => {
  expect(secrets).toHaveLength(2);
  expect(tokens).toHaveLength(4);
  expect(leaks({ here: `x ${secrets[0]} y`, there: 'nothing' })).toEqual(['here']);
  expect(leaks(files(join(cluster.folder, '.firecamp/secrets'), NOTHING))).not.toEqual([]);
});

test('the scan finds it below names that begin with a dot, and in each form', () => {
  const folder = mkdtempSync(join(cluster.folder, '.scan-'));
  try {
    mkdirSync(join(folder, '.hidden'));
    writeFileSync(join(folder, '.hidden/.plain'), `x ${secrets[1]} y`);
    for (const [index, token] of tokens.entries()) {
      const bytes = Buffer.from(`${'x'.repeat(index)}${token}`);
      writeFileSync(join(folder, `${index}.base64`), bytes.toString('base64'));
      writeFileSync(join(folder, `${index}.hex`), bytes.toString('hex').toUpperCase());
      const escaped = [...bytes].map((byte) => `%${byte.toString(16)}`).join('');
      writeFileSync(join(folder, `${index}.url`), escaped);
    }

    expect(leaks(files(folder, NOTHING))).toHaveLength(1 + 3 * tokens.length);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('no record, log, state file or volume holds a secret', () => {
  const own = /\.firecamp\/(?:secrets|tokens)\/|\/nodes\/[^/]+\/secrets\//;
  const looked = files(join(cluster.folder, '.firecamp'), own);

  expect(Object.keys(looked).length).toBeGreaterThan(100);
  expect(Object.keys(looked).some((path) => path.endsWith('cluster.db'))).toBe(true);
  expect(Object.keys(looked).some((path) => path.includes('/logs/'))).toBe(true);
  expect(Object.keys(looked).some((path) => path.includes('/base/'))).toBe(true);
  expect(leaks(looked)).toEqual([]);
});

test('no argument or environment of a process holds a secret', () => {
  const read = (path: string): string => {
    try {
      return readFileSync(path, 'latin1');
    } catch {
      return '';
    }
  };
  const own = cluster.processes('').length;
  const looked = ['cmdline', 'environ'].flatMap((what) =>
    globSync(`/proc/[0-9]*/${what}`).map((path) => [path, read(path)] as const),
  );

  expect(own).toBeGreaterThan(5);
  expect(leaks(Object.fromEntries(looked))).toEqual([]);
});

test('nothing that the command prints holds a secret, but where it is asked to', async () => {
  const [{ id: operation = '' } = {}] = await cluster.json<readonly { readonly id: string }[]>(
    ...['operations', 'list'],
  );
  const lines = [
    ['list'],
    ['status', 'pg'],
    ['explain', 'pg-0'],
    ['logs', 'pg-0', '--tail', '10000'],
    ['operations', 'list'],
    ['operations', 'show', operation],
    ['volumes', 'list'],
    ['nodes', 'list'],
    ['adapters'],
    ['connect', 'pg'],
  ];
  const both = lines.flatMap((line) => [line, [...line, '--output', 'json']]);
  const ran = await Promise.all(
    both.map(async (line) => {
      const { out, err } = await cluster.try(line);
      return [line.join(' '), `${out}\n${err}`] as const;
    }),
  );

  expect(leaks(Object.fromEntries(ran))).toEqual([]);
  const asked = await cluster.try(['connect', 'pg', '--reveal']);
  expect(leaks({ asked: asked.out })).toEqual(['asked']);
});

test.each(['secrets', 'database'])(
  'neither the report of the suite of %s nor what the run prints holds a secret',
  async (suite) => {
    const report = join(cluster.folder, `${suite}.json`);

    const { exitCode, out, err } = await cluster.try(['conformance', suite, '--report', report]);

    expect(exitCode, err).toBe(0);
    const said = { out, err, report: readFileSync(report, 'latin1') };
    expect(JSON.parse(said.report)).toMatchObject([{ seam: suite }]);
    expect(leaks(said)).toEqual([]);
  },
);

test('a password file is for its owner alone, and never replaces another', async () => {
  const first = await cluster.try(['connect', 'pg', '--passfile', 'pass']);
  const second = await cluster.try(['connect', 'pg', '--passfile', 'pass']);

  expect(first.exitCode).toBe(0);
  expect(leaks({ printed: first.out + first.err })).toEqual([]);
  expect(statSync(join(cluster.folder, 'pass')).mode & 0o777).toBe(0o600);
  expect(second.exitCode).toBe(4);
});

test("an agent's token can change no member of another node", async () => {
  const { members } = await cluster.status('pg');
  const [owned, other] = members;
  if (owned?.node == null || other?.node == null) throw new Error('the members run somewhere');
  const { service } = await cluster.json<{ readonly service: { readonly uid: string } }>(
    'status',
    'pg',
  );
  await using database = as(`node.${other.node}`);
  await using manager = as('manager.command');
  const id = `${service.uid}/${owned.ordinal}`;
  const record = await manager.get(COLLECTIONS.members, id);
  if (record === null) throw new Error('there is no such member');
  const stolen = { ...(record.value as object), phase: 'idle', owner: null } as Json;

  const change = database.write([
    {
      kind: 'update',
      collection: COLLECTIONS.members,
      id,
      value: stolen,
      token: 'thief',
      revision: record.revision,
    },
  ]);

  await expect(change).rejects.toSatisfy((error) => FireCampError.is(error, 'PERMISSION_DENIED'));
  expect(await manager.get(COLLECTIONS.members, id)).toMatchObject({
    value: { owner: { node: owned.node } },
  });
});

function as(principal: string) {
  const state = join(cluster.folder, '.firecamp');
  const { runFolder } = JSON.parse(readFileSync(join(state, 'state.json'), 'utf8'));
  const options = remoteDatabase.parse({
    socket: join(runFolder, 'gateway.sock'),
    tokenFile: join(state, 'tokens', principal),
  });
  const made = remoteDatabase.control?.(options, {
    cluster: 'e2e',
    clock: systemClock,
    random: systemRandom,
    node: null,
    boot: null,
    stateFolder: state,
  });
  if (made === undefined) throw new TypeError('the gateway has no control half');
  return Object.assign(made, { [Symbol.asyncDispose]: async () => {} });
}
