import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { manifestFaults, type Received } from '../../dist/postgresql/manifest.js';

const WAL = 'pg_wal/000000010000000000000003';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function received(files: Readonly<Record<string, string>>): ReadonlyMap<string, Received> {
  const entries = Object.entries(files).map(
    ([path, text]) => [path, { sizeBytes: text.length, sha256: sha256(text) }] as const,
  );
  return new Map(entries);
}

/** As a server writes it: the checksum is over all that stands before it. */
function manifest(files: Readonly<Record<string, string>>, end = '0/3000200'): string {
  const entries = Object.entries(files).map(([path, text]) =>
    JSON.stringify({
      Path: path,
      Size: text.length,
      'Checksum-Algorithm': 'SHA256',
      Checksum: sha256(text),
    }),
  );
  const range = JSON.stringify({ Timeline: 1, 'Start-LSN': '0/3000028', 'End-LSN': end });
  const head =
    '{ "PostgreSQL-Backup-Manifest-Version": 2,\n"Files": [' +
    `${entries.join(',\n')}],\n"WAL-Ranges": [${range}],\n`;
  return `${head}"Manifest-Checksum": "${sha256(head)}"}\n`;
}

const FILES = { PG_VERSION: '18\n', 'base/1/112': 'data' };

test('a copy that has all files and its WAL is whole', () => {
  const copy = received({ ...FILES, [WAL]: 'wal', 'pg_wal/archive_status/x': '' });

  expect(manifestFaults(manifest(FILES), copy)).toEqual([]);
});

test.each([
  ['base/1/112 is missing', { PG_VERSION: '18\n', [WAL]: '' }],
  ['base/1/112 has 3 bytes, expected 4', { ...FILES, 'base/1/112': 'dat', [WAL]: '' }],
  ['base/1/112 has another checksum', { ...FILES, 'base/1/112': 'dato', [WAL]: '' }],
  ['base/1/113 is not in the manifest', { ...FILES, 'base/1/113': 'more', [WAL]: '' }],
  [`${WAL} is missing`, FILES],
])('a copy is not whole: %s', (fault, files) => {
  expect(manifestFaults(manifest(FILES), received(files))).toEqual([fault]);
});

test('all segments of the WAL are needed, over the end of a log file too', () => {
  const text = manifest(FILES, '1/1000000');
  const names = Array.from({ length: 254 }, (_, index) => {
    const segment = index + 3;
    return `pg_wal/00000001${hex(Math.floor(segment / 256))}${hex(segment % 256)}`;
  });
  const wal = Object.fromEntries(names.map((name) => [name, '']));

  expect(names.at(-1)).toBe('pg_wal/000000010000000100000000');
  expect(manifestFaults(text, received({ ...FILES, ...wal }))).toEqual([]);
  for (const name of names) {
    const { [name]: _, ...others } = wal;
    expect(manifestFaults(text, received({ ...FILES, ...others }))).toEqual([`${name} is missing`]);
  }
});

test.each(['', '{}', manifest(FILES).replace('112', '113'), manifest(FILES).slice(0, -40)])(
  'a manifest that is damaged proves nothing',
  (text) => {
    expect(manifestFaults(text, received({ ...FILES, [WAL]: '' }))).toEqual([
      'the manifest is damaged',
    ]);
  },
);

function hex(value: number): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}
