import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { count, object, text, versioned } from '@firecamp/core/codec';
import { RecordFolder, Scratch } from '@firecamp/files';
import { expect, test } from 'vitest';
import { tempFolder } from './temp-folder.ts';

const decode = versioned('thing', 1, object({ schema: count, name: text }));
const GOOD = { schema: 1, name: 'a' };

async function withRecord(path: string) {
  const folder = new RecordFolder(join(path, 'things'), new Scratch(join(path, 'tmp')), decode);
  await folder.put('a', 0, GOOD);
  await folder.put('b', 0, GOOD);
  return folder;
}

test.each<[what: string, bytes: string | Buffer, code: string, why: RegExp]>([
  ['empty', '', 'CORRUPT', /holds no JSON/],
  ['cut off', '{"schema":1,"name":"canary', 'CORRUPT', /holds no JSON/],
  ['zero bytes', Buffer.alloc(4096), 'CORRUPT', /holds no JSON/],
  ['HTML', '<html></html>', 'CORRUPT', /holds no JSON/],
  ['null', 'null', 'CORRUPT', /is null, expected an object/],
  ['a list', '[]', 'CORRUPT', /is a list, expected an object/],
  ['without its version', '{"name":"a"}', 'CORRUPT', /thing\.schema is undefined/],
  ['without a field', '{"schema":1}', 'CORRUPT', /thing\.name is undefined/],
  ['of another type', '{"schema":1,"name":1}', 'CORRUPT', /thing\.name is number/],
  [
    'a newer version',
    '{"schema":2}',
    'FAILED_PRECONDITION',
    /newer program, whose schema is 2.*upgrade/,
  ],
  ['17 MiB', Buffer.alloc(17 * 2 ** 20, ' '), 'CORRUPT', /is longer than 16777216 bytes/],
])('a record that is %s is told with its file, and stays as it is', async (_, bytes, code, why) => {
  await using temp = await tempFolder();
  const folder = await withRecord(temp.path);
  const path = join(temp.path, 'things', 'a', '2');
  await writeFile(path, bytes);

  const error = await folder.get('a').catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({ code, message: expect.stringMatching(why) });
  expect(String(error)).toContain(path);
  expect(JSON.stringify([String(error), Object(error)['cause']])).not.toContain('canary');
  expect(await readFile(path)).toEqual(Buffer.from(bytes));
  expect(await folder.get('b')).toEqual({ seq: 1, value: GOOD });
});

test('what no program of ours would make is no version: a link, a folder, another name', async () => {
  await using temp = await tempFolder();
  const folder = await withRecord(temp.path);
  const outside = join(temp.path, 'outside');
  await writeFile(outside, JSON.stringify({ schema: 1, name: 'outside' }));
  for (const name of ['02', '+3', '1e9', '-1', '2.5', ' 2', '2 ', '99999999999999999', '.2']) {
    await writeFile(join(temp.path, 'things', 'a', name), 'no version');
  }
  expect(await folder.get('a')).toEqual({ seq: 1, value: GOOD });

  await symlink(outside, join(temp.path, 'things', 'a', '2'));
  await mkdir(join(temp.path, 'things', 'b', '2'));

  await expect(folder.get('a')).rejects.toMatchObject({ code: 'ELOOP' });
  await expect(folder.get('b')).rejects.toMatchObject({ code: 'EISDIR' });
  expect(await readdir(join(temp.path, 'tmp'))).toEqual([]);
});
