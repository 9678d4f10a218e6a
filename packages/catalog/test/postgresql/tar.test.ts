import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type TarEvent, TarParser } from '../../dist/postgresql/tar.js';

const CONTENTS: Readonly<Record<string, string>> = {
  empty: '',
  small: 'x',
  block: 'b'.repeat(512),
  'a/deep/file': 'long '.repeat(1000),
  [`a/${'n'.repeat(90)}/${'m'.repeat(90)}`]: 'in the prefix field',
};

/** An archive as the system's own program makes it. */
function archive(fill: (folder: string) => void): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'firecamp-tar-'));
  try {
    fill(folder);
    return execFileSync('tar', ['--format=ustar', '-C', folder, '-c', '.'], {
      maxBuffer: 2 ** 26,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function whole(): Buffer {
  return archive((folder) => {
    for (const [path, content] of Object.entries(CONTENTS)) {
      mkdirSync(join(folder, path, '..'), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
  });
}

/** @returns the content of each file, with the archive pushed in chunks of that length. */
function read(bytes: Buffer, chunkBytes: number): Record<string, string> {
  const files: [path: string, content: string][] = [];
  for (const event of events(bytes, chunkBytes)) {
    const last = files.at(-1);
    if (event.kind === 'data' && last !== undefined) last[1] += event.chunk.toString('latin1');
    if (event.kind === 'entry' && event.type === 'file') files.push([event.path, '']);
  }
  return Object.fromEntries(files);
}

function events(bytes: Buffer, chunkBytes: number): readonly TarEvent[] {
  const parser = new TarParser();
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkBytes) }, (_, index) =>
    bytes.subarray(index * chunkBytes, (index + 1) * chunkBytes),
  );
  const found = chunks.flatMap((chunk) => parser.push(chunk));
  parser.close();
  return found;
}

/** The archive with a change of its first header, whose checksum is put right. */
function withHeader(bytes: Buffer, change: (header: Buffer) => void): Buffer {
  const changed = Buffer.from(bytes);
  const header = changed.subarray(0, 512);
  change(header);
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return changed;
}

test.each([1, 7, 511, 512, 513, 65_536])('an archive is read in chunks of %d bytes', (bytes) => {
  expect(read(whole(), bytes)).toEqual(CONTENTS);
});

test('an archive that is cut off anywhere is refused', () => {
  const bytes = whole();
  const end = bytes.lastIndexOf('in the prefix field') + 512;

  for (let length = 0; length < end; length += 97) {
    expect(() => read(bytes.subarray(0, length), 4096)).toThrow('cut off');
  }
});

test('a header that was changed on the way is refused', () => {
  const bytes = whole();
  bytes.writeUInt8(bytes.readUInt8(0) ^ 1, 0);

  expect(() => read(bytes, 4096)).toThrow('another checksum');
});

test.each(['../out', 'a/../../out', '/etc/passwd', 'a//b', 'a/./b'])(
  'the path %s is refused',
  (path) => {
    const bytes = withHeader(whole(), (header) => {
      header.fill(0, 0, 100);
      header.write(path);
    });

    expect(() => read(bytes, 4096)).toThrow('holds the path');
  },
);

test('a link is refused', () => {
  const bytes = archive((folder) => symlinkSync('/etc/passwd', join(folder, 'link')));

  expect(() => read(bytes, 4096)).toThrow('neither file nor folder');
});

test('a size in binary, as for files beyond 8 GiB, is understood', () => {
  const bytes = withHeader(
    archive((folder) => writeFileSync(join(folder, 'a'), '')).subarray(512),
    (header) => {
      header.fill(0, 124, 136);
      header.writeUInt8(0x80, 124);
      header.writeBigUInt64BE(9n * 2n ** 30n, 128);
    },
  );

  expect(new TarParser().push(bytes.subarray(0, 512))).toEqual([
    { kind: 'entry', type: 'file', path: 'a', sizeBytes: 9 * 2 ** 30 },
  ]);
});
