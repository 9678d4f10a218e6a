import { createHash } from 'node:crypto';

/** What came of a file. */
export interface Received {
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

interface ManifestFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly checksum: string;
}

interface Manifest {
  readonly files: readonly ManifestFile[];
  readonly wal: readonly {
    readonly timeline: number;
    readonly start: bigint;
    readonly end: bigint;
  }[];
}

const SEGMENT_BYTES = 16n * 2n ** 20n;
const WAL_FOLDER = 'pg_wal/';
const FAULTS_MAX = 5;

/**
 * Compares what came with what the server says that it sent, by size and SHA-256, and looks for
 * the WAL without which the copy cannot be started.
 *
 * @returns what is wrong, at most five lines; empty when the copy is whole.
 */
export function manifestFaults(
  manifest: string,
  received: ReadonlyMap<string, Received>,
): readonly string[] {
  const read = readManifest(manifest);
  if (read === null) return ['the manifest is damaged'];
  const listed = new Set(read.files.map(({ path }) => path));
  const extra = [...received.keys()].filter(
    (path) => !listed.has(path) && !path.startsWith(WAL_FOLDER),
  );
  return [
    ...read.files.flatMap((file) => fileFaults(file, received.get(file.path))),
    ...extra.map((path) => `${path} is not in the manifest`),
    ...walSegments(read)
      .filter((path) => !received.has(path))
      .map((path) => `${path} is missing`),
  ].slice(0, FAULTS_MAX);
}

function fileFaults(file: ManifestFile, found: Received | undefined): readonly string[] {
  if (found === undefined) return [`${file.path} is missing`];
  if (found.sizeBytes !== file.sizeBytes) {
    return [`${file.path} has ${found.sizeBytes} bytes, expected ${file.sizeBytes}`];
  }
  return found.sha256 === file.checksum ? [] : [`${file.path} has another checksum`];
}

function walSegments({ wal }: Manifest): readonly string[] {
  return wal.flatMap(({ timeline, start, end }) => {
    const names: string[] = [];
    for (let segment = start / SEGMENT_BYTES; segment * SEGMENT_BYTES < end; segment += 1n) {
      names.push(
        WAL_FOLDER + [BigInt(timeline), segment / 256n, segment % 256n].map(hex8).join(''),
      );
    }
    return names;
  });
}

function hex8(value: bigint): string {
  return value.toString(16).toUpperCase().padStart(8, '0');
}

function readManifest(text: string): Manifest | null {
  const checked = text.lastIndexOf('"Manifest-Checksum"');
  if (checked === -1) return null;
  const sum = createHash('sha256').update(text.slice(0, checked)).digest('hex');
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    if (value['Manifest-Checksum'] !== sum) return null;
    const files = value['Files'] as readonly Record<string, unknown>[];
    const ranges = value['WAL-Ranges'] as readonly Record<string, unknown>[];
    return {
      files: files.map(readFile),
      wal: ranges.map((range) => ({
        timeline: Number(range['Timeline']),
        start: position(String(range['Start-LSN'])),
        end: position(String(range['End-LSN'])),
      })),
    };
  } catch {
    return null;
  }
}

function readFile(file: Readonly<Record<string, unknown>>): ManifestFile {
  const encoded = file['Encoded-Path'];
  if (file['Checksum-Algorithm'] !== 'SHA256') throw new Error('another checksum was asked for');
  return {
    path:
      typeof encoded === 'string'
        ? Buffer.from(encoded, 'hex').toString('utf8')
        : String(file['Path']),
    sizeBytes: Number(file['Size']),
    checksum: String(file['Checksum']),
  };
}

/** A position in the WAL, written as two hexadecimal halves. */
function position(lsn: string): bigint {
  const [high = '', low = ''] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}
