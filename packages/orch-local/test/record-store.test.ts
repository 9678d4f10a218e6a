import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scratch } from '@firecamp/files';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { RecordStore } from '../dist/engine/record-store.js';

const FIRST = { schema: 1, text: 'first' } as const;
const SECOND = { schema: 1, text: 'second' } as const;
const schema = z.object({ schema: z.literal(1), text: z.string() });

interface Folder extends AsyncDisposable {
  readonly path: string;
  readonly openStore: () => Promise<RecordStore<z.infer<typeof schema>>>;
}

async function folder(): Promise<Folder> {
  const temp = await mkdtemp(join(tmpdir(), 'firecamp-records-'));
  const path = join(temp, 'records');
  return {
    path,
    openStore: () => RecordStore.open(path, new Scratch(join(temp, 'scratch')), schema),
    [Symbol.asyncDispose]: () => rm(temp, { recursive: true }),
  };
}

/** A disk that takes files, and fails wherever the names of a folder are to be put on it. */
async function brokenFolders(path: string): Promise<Disposable> {
  const handle = await open(path);
  const files: typeof handle = Object.getPrototypeOf(handle);
  await handle.close();
  const sync = files.sync;
  files.sync = async function (this: typeof handle): Promise<void> {
    if (!(await this.stat()).isDirectory()) return await sync.call(this);
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' });
  };
  return {
    [Symbol.dispose]: () => {
      files.sync = sync;
    },
  };
}

test.each([
  ['made', null, SECOND],
  ['changed', FIRST, SECOND],
  ['removed', FIRST, null],
])(
  'a record that was %s where the disk failed is not believed, and settled by the next change',
  async (_, before, after) => {
    await using temp = await folder();
    const store = await temp.openStore();
    await store.change('a', () => before);

    {
      using _broken = await brokenFolders(temp.path);
      const changed = store.change('a', () => after);
      await expect(changed).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME' });
      expect(store.get('a')).toEqual(before);
      const kept = store.change('a', (now) => now);
      await expect(kept).rejects.toMatchObject({ code: 'UNKNOWN_OUTCOME' });
    }

    expect(await store.change('a', (now) => now)).toEqual(before);
    expect((await temp.openStore()).get('a')).toEqual(before);
  },
);

test('no store opens on a folder that it cannot put on the disk', async () => {
  await using temp = await folder();
  await (await temp.openStore()).change('a', () => FIRST);

  using _broken = await brokenFolders(temp.path);

  await expect(temp.openStore()).rejects.toThrow('EIO');
  expect(await readdir(temp.path)).toEqual(['a.json']);
});
