import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { type AdapterContext, type Clock, Secret, type SecretStore } from '@firecamp/core';
import { countingPermit, rejectsWith } from '@firecamp/core/conformance';
import { privateFolder } from '@firecamp/secrets-local';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root = '';

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'firecamp-test-'));
});

afterEach(async () => {
  await rm(root, { recursive: true });
});

const context = {
  cluster: 'c',
  clock: {} as Clock,
  random: { next: () => 0, id: () => 'id' },
  node: null,
  boot: null,
  stateFolder: '',
} satisfies AdapterContext;

function half(which: 'control' | 'node'): SecretStore {
  const make = privateFolder[which];
  if (make === null) throw new TypeError(`there is no ${which}`);
  return make({ root }, context);
}

const allowed = () => ({ permit: countingPermit() });
const secret = (text: string): Secret => new Secret(text);

async function revealed(name: string, version?: string): Promise<string> {
  return (await half('node').read(name, version)).reveal();
}

test('a secret is made once: a repeat gives the first version and changes nothing', async () => {
  const store = half('control');

  const first = await store.create('uid/admin', secret('one'), allowed());
  const again = await store.create('uid/admin', secret('two'), allowed());

  expect(again).toEqual(first);
  expect(await revealed('uid/admin')).toBe('one');
});

test('of many who make it at once one wins, and all get its version', async () => {
  const made = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      half('control').create('uid/admin', secret(`value ${index}`), allowed()),
    ),
  );

  const value = await revealed('uid/admin');
  expect(new Set(made.map(({ version }) => version))).toEqual(new Set(['1']));
  expect(await revealed('uid/admin', '1')).toBe(value);
});

test('the newest version that is not retired is read, a retired one by its number alone', async () => {
  const store = half('control');
  await store.create('uid/admin', secret('one'), allowed());

  const second = await store.addVersion('uid/admin', secret('two'), allowed());
  expect(await revealed('uid/admin')).toBe('two');

  await store.retireVersion(second, allowed());
  await store.retireVersion(second, allowed());
  expect(await revealed('uid/admin')).toBe('one');
  expect(await revealed('uid/admin', second.version)).toBe('two');
});

test('what is not there is NOT_FOUND', async () => {
  const store = half('control');
  await rejectsWith('NOT_FOUND', () => store.read('uid/admin'));
  await rejectsWith('NOT_FOUND', () => store.addVersion('uid/admin', secret('x'), allowed()));

  const only = await store.create('uid/admin', secret('one'), allowed());
  await store.retireVersion(only, allowed());

  await rejectsWith('NOT_FOUND', () => store.read('uid/admin'));
  await rejectsWith('NOT_FOUND', () => store.read('uid/admin', '2'));
});

test('a removed secret leaves nothing, and removing it again is fine', async () => {
  const store = half('control');
  await store.create('uid/admin', secret('canary-removed'), allowed());
  await store.addVersion('uid/admin', secret('canary-later'), allowed());

  await store.remove('uid/admin', allowed());
  await store.remove('uid/admin', allowed());

  await rejectsWith('NOT_FOUND', () => store.read('uid/admin'));
  expect((await contents(root)).join()).not.toContain('canary');
});

test('a list gives the names that begin with the text', async () => {
  const store = half('control');
  for (const name of ['b/one', 'a/two', 'a/one']) await store.create(name, secret('x'), allowed());

  const listed: string[] = [];
  for await (const name of half('node').list('a/')) listed.push(name);

  expect(listed).toEqual(['a/one', 'a/two']);
});

test('files are for their owner alone', async () => {
  await half('control').create('uid/admin', secret('one'), allowed());

  for (const entry of await readdir(root, { recursive: true })) {
    const { mode } = await stat(join(root, entry));
    expect(`${entry} ${(mode & 0o077).toString(8)}`).toBe(`${entry} 0`);
  }
});

test('a folder that others may look into is refused', async () => {
  await chmod(root, 0o755);

  await rejectsWith('PERMISSION_DENIED', () =>
    half('control').create('uid/admin', secret('one'), allowed()),
  );
});

test('a folder of another user is refused', async () => {
  // Only root can give a folder away; anybody else is refused by one that is root's.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) await chown(root, 65_534, 65_534);
  const store = privateFolder.control?.({ root: isRoot ? root : '/' }, context);

  await rejectsWith('PERMISSION_DENIED', async () =>
    store?.create('uid/admin', secret('one'), allowed()),
  );
});

test('every change asks its permit, and none happens without', async () => {
  const permit = countingPermit();
  const store = half('control');
  const first = await store.create('uid/admin', secret('one'), { permit });
  await store.addVersion('uid/admin', secret('two'), { permit });
  await store.retireVersion(first, { permit });
  await store.remove('uid/gone', { permit });

  expect(permit.asks).toEqual([
    'secrets.create',
    'secrets.addVersion',
    'secrets.retireVersion',
    'secrets.remove',
  ]);
  const revoked = { permit: countingPermit({ revokedAt: 1 }) };
  await rejectsWith('ABORTED', () => store.remove('uid/admin', revoked));
  expect(await revealed('uid/admin')).toBe('two');
});

test.each(['admin', '../x/y', 'uid/..', 'uid/', '/uid', 'UID/x', 'uid/a/b', 'scratch/x', 'a\0/b'])(
  'the name %j is refused',
  async (name) => {
    const store = half('control');
    await rejectsWith('INVALID_ARGUMENT', () => store.create(name, secret('x'), allowed()));
    await rejectsWith('INVALID_ARGUMENT', () => store.remove(name, allowed()));
    await rejectsWith('INVALID_ARGUMENT', () => store.read(name));
  },
);

test('an agent only reads', async () => {
  const store = half('node');

  await rejectsWith('PERMISSION_DENIED', () => store.create('uid/a', secret('x'), allowed()));
  await rejectsWith('PERMISSION_DENIED', () => store.remove('uid/a', allowed()));
});

test('a broken file is told without a word of what is in it', async () => {
  await half('control').create('uid/admin', secret('one'), allowed());
  await writeFile(join(root, 'uid', 'admin', '2'), '{"schema":1,"versions":["canary');

  const error = await half('control')
    .read('uid/admin')
    .catch((caught: unknown) => caught);

  expect(error).toMatchObject({ code: 'CORRUPT' });
  expect(inspect(error, { depth: 10 })).not.toContain('canary');
});

test.each([null, [], { root: 'relative' }, { root: 7 }, { root: '/a', other: 1 }])(
  'the options %j are refused by their key',
  (options) => {
    expect(() => privateFolder.parse(options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  },
);

async function contents(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return await Promise.all(
    files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
  );
}
