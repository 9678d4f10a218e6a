import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemberFile } from '@firecamp/catalog';
import { FireCampError } from '@firecamp/core';
import { expect, test } from 'vitest';
import { type FilePlace, removeOthers, writeMemberFile } from '../../dist/care/member-files.js';
import { memberUser } from './deployment.ts';

function scratch(): { readonly folder: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'firecamp-files-'));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

function placeIn(folder: string): FilePlace {
  return { folder, mode: 0o400, owner: memberUser, folderMode: 0o700 };
}

function fileOf(path: string, content: string): MemberFile {
  return { place: 'secrets', path, content, onChange: 'nothing' };
}

test('a file is written with its owner and rights, and left alone while it is equal', async () => {
  using made = scratch();
  const place = placeIn(made.folder);

  expect(await writeMemberFile(place, fileOf('a/b', 'one'))).toBe(true);
  const before = statSync(join(made.folder, 'a/b'));
  expect(await writeMemberFile(place, fileOf('a/b', 'one'))).toBe(false);
  expect(await writeMemberFile(place, fileOf('a/b', 'two'))).toBe(true);

  expect(before.mode & 0o777).toBe(0o400);
  expect(before.uid).toBe(memberUser?.uid ?? process.getuid?.());
  expect(readFileSync(join(made.folder, 'a/b'), 'utf8')).toBe('two');
});

test('what a crash left half-written is written anew', async () => {
  using made = scratch();
  writeFileSync(join(made.folder, 'a.firecamp-new'), 'half');

  await writeMemberFile(placeIn(made.folder), fileOf('a', 'whole'));

  expect(readFileSync(join(made.folder, 'a'), 'utf8')).toBe('whole');
  expect(statSync(join(made.folder, 'a.firecamp-new'), { throwIfNoEntry: false })).toBeUndefined();
});

test('a link in the place of a file or of a folder leads nowhere', async () => {
  using made = scratch();
  using outside = scratch();
  writeFileSync(join(outside.folder, 'target'), 'untouched');
  symlinkSync(join(outside.folder, 'target'), join(made.folder, 'file'));
  symlinkSync(outside.folder, join(made.folder, 'folder'));

  await writeMemberFile(placeIn(made.folder), fileOf('file', 'ours'));
  const refused = writeMemberFile(placeIn(made.folder), fileOf('folder/target', 'ours'));

  expect(
    FireCampError.is(await refused.catch((error: unknown) => error), 'FAILED_PRECONDITION'),
  ).toBe(true);
  expect(readFileSync(join(outside.folder, 'target'), 'utf8')).toBe('untouched');
  expect(readFileSync(join(made.folder, 'file'), 'utf8')).toBe('ours');
});

test.each([
  '',
  '.',
  '../a',
  'a/../b',
  '/a',
  'a//b',
  'a b',
  'a\0',
  `${'a'.repeat(101)}`,
  'x.firecamp-new',
])('the path %j is refused', async (path) => {
  using made = scratch();

  await expect(writeMemberFile(placeIn(made.folder), fileOf(path, ''))).rejects.toThrow(TypeError);
});

test('what is not among the files any more is removed', async () => {
  using made = scratch();
  const place = placeIn(made.folder);
  const kept = fileOf('a/kept', '');
  for (const file of [kept, fileOf('a/gone', ''), fileOf('gone', '')]) {
    await writeMemberFile(place, file);
  }

  await removeOthers(place, [kept]);

  const there = ['a/kept', 'a/gone', 'gone'].filter((path) => {
    return statSync(join(made.folder, path), { throwIfNoEntry: false }) !== undefined;
  });
  expect(there).toEqual(['a/kept']);
});
