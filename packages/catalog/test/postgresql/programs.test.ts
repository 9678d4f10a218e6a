import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runnablePrograms } from '@firecamp/catalog';
import { expect, test } from 'vitest';
import { packagedPrograms, programsIn } from '../../dist/postgresql/programs.js';
import { parsePostgresql } from '../../dist/postgresql/spec.js';

function scratch(): { readonly folder: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'firecamp-programs-'));
  chmodSync(folder, 0o755);
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** What an installation looks like, behind a folder with these rights. */
function installation(folder: string, mode: number): string {
  const bin = join(folder, 'private', 'native', 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(bin, '../lib'));
  writeFileSync(join(bin, 'postgres'), 'program', { mode: 0o755 });
  writeFileSync(join(bin, '../lib/libpq.so.5.18'), 'library');
  symlinkSync('libpq.so.5.18', join(bin, '../lib/libpq.so.5'));
  chmodSync(join(folder, 'private'), mode);
  return bin;
}

test('the packaged programs are there, of version 18, with all their libraries', () => {
  const folder = packagedPrograms();
  for (const name of ['postgres', 'initdb']) {
    const version = execFileSync(join(folder ?? '', name), ['--version'], { encoding: 'utf8' });
    expect(version).toMatch(/\(PostgreSQL\) 18\./);
  }
});

test('an architecture without a package has no programs', () => {
  expect(packagedPrograms('z80')).toBeNull();
  expect(programsIn(null)(parsePostgresql({}, 1), 'initdb')).toBe('initdb');
});

test('a spec may name another installation', () => {
  const spec = parsePostgresql({ programs: '/usr/lib/postgresql/18/bin' }, 1);

  expect(programsIn('/packaged')(spec, 'initdb')).toBe('/usr/lib/postgresql/18/bin/initdb');
});

test('programs that everybody gets to are left where they are', async () => {
  using made = scratch();
  const packaged = installation(made.folder, 0o755);

  expect(
    await runnablePrograms({ into: join(made.folder, 'copies'), forOthers: true }, packaged),
  ).toBe(packaged);
  expect(
    await runnablePrograms({ into: join(made.folder, 'copies'), forOthers: true }, null),
  ).toBeNull();
});

test('programs behind our own door are left to ourselves', async () => {
  using made = scratch();
  const packaged = installation(made.folder, 0o700);
  const own = { into: join(made.folder, 'copies'), forOthers: false };

  expect(await runnablePrograms(own, packaged)).toBe(packaged);
});

test('programs behind a closed door are copied once, with links and rights', async () => {
  using made = scratch();
  const packaged = installation(made.folder, 0o700);
  const into = join(made.folder, 'copies');

  const twice = await Promise.all([
    runnablePrograms({ into: into, forOthers: true }, packaged),
    runnablePrograms({ into: into, forOthers: true }, packaged),
  ]);
  writeFileSync(join(packaged, 'postgres'), 'changed');
  const again = await runnablePrograms({ into: into, forOthers: true }, packaged);

  const bin = join(into, 'postgresql', 'bin');
  expect([...twice, again]).toEqual([bin, bin, bin]);
  expect(statSync(join(bin, 'postgres')).mode & 0o777).toBe(0o755);
  expect(readlinkSync(join(bin, '../lib/libpq.so.5'))).toBe('libpq.so.5.18');
  expect(execFileSync('ls', ['-A', into], { encoding: 'utf8' })).toBe('postgresql\n');
});

test('links that no install script made are made in a copy', async () => {
  using made = scratch();
  const packaged = installation(made.folder, 0o755);
  const link = { source: 'native/lib/libpq.so.5.18', target: 'native/lib/libpq.so' };
  writeFileSync(join(packaged, '../pg-symlinks.json'), JSON.stringify([link]));

  const programs = await runnablePrograms(
    { into: join(made.folder, 'copies'), forOthers: true },
    packaged,
  );

  expect(programs).toBe(join(made.folder, 'copies/postgresql/bin'));
  expect(readlinkSync(join(programs ?? '', '../lib/libpq.so'))).toBe('libpq.so.5.18');
});
