/** What an archive holds, in order: each entry, then the data of that entry. */
export type TarEvent =
  | {
      readonly kind: 'entry';
      readonly type: 'file' | 'folder';
      /** Relative, without `.` and `..` segments. */
      readonly path: string;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'data'; readonly chunk: Buffer }
  | { readonly kind: 'end' };

const BLOCK_BYTES = 512;

/**
 * Reads an archive in the `ustar` form as it comes, in chunks of any length.
 *
 * Each method throws an `Error` on what is no such archive, on an entry that is neither file nor
 * folder, and on a path that leads out of the archive.
 */
export class TarParser {
  #header: Buffer = Buffer.alloc(0);
  #dataBytes = 0;
  #paddingBytes = 0;
  #ended = false;

  /** @returns what the chunk completes; its data is a view of the chunk. */
  push(chunk: Buffer): readonly TarEvent[] {
    const events: TarEvent[] = [];
    let rest = chunk;
    while (rest.length > 0) {
      if (this.#dataBytes > 0) rest = this.#data(rest, events);
      else if (this.#paddingBytes > 0) rest = this.#padding(rest);
      else rest = this.#head(rest, events);
    }
    return events;
  }

  /** To be called when all is pushed. */
  close(): void {
    if (!this.#ended || this.#dataBytes > 0) throw new Error('the archive is cut off');
  }

  #data(rest: Buffer, events: TarEvent[]): Buffer {
    const taken = Math.min(rest.length, this.#dataBytes);
    events.push({ kind: 'data', chunk: rest.subarray(0, taken) });
    this.#dataBytes -= taken;
    if (this.#dataBytes === 0) events.push({ kind: 'end' });
    return rest.subarray(taken);
  }

  #padding(rest: Buffer): Buffer {
    const taken = Math.min(rest.length, this.#paddingBytes);
    this.#paddingBytes -= taken;
    return rest.subarray(taken);
  }

  #head(rest: Buffer, events: TarEvent[]): Buffer {
    const taken = Math.min(rest.length, BLOCK_BYTES - this.#header.length);
    this.#header = Buffer.concat([this.#header, rest.subarray(0, taken)]);
    if (this.#header.length === BLOCK_BYTES) {
      this.#entry(this.#header, events);
      this.#header = Buffer.alloc(0);
    }
    return rest.subarray(taken);
  }

  #entry(header: Buffer, events: TarEvent[]): void {
    if (header.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    if (this.#ended) throw new Error('the archive goes on after its end');
    checkSum(header);
    const path = safePath(pathOf(header));
    const type = typeOf(header, path);
    const sizeBytes = type === 'file' ? numberOf(header.subarray(124, 136), path) : 0;
    this.#dataBytes = sizeBytes;
    this.#paddingBytes = (BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES;
    events.push({ kind: 'entry', type, path, sizeBytes });
    if (sizeBytes === 0) events.push({ kind: 'end' });
  }
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return field.subarray(0, end === -1 ? field.length : end).toString('utf8');
}

function pathOf(header: Buffer): string {
  const ustar = textOf(header.subarray(257, 263)).startsWith('ustar');
  const prefix = ustar ? textOf(header.subarray(345, 500)) : '';
  const name = textOf(header.subarray(0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

function safePath(path: string): string {
  const segments = path
    .replace(/\/$/, '')
    .split('/')
    .filter((segment, index) => !(segment === '.' && index === 0));
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    throw new Error(`the archive holds the path ${JSON.stringify(path)}`);
  }
  return segments.join('/');
}

function typeOf(header: Buffer, path: string): 'file' | 'folder' {
  const type = header[156] ?? 0;
  if (type === 0 || type === 0x30) return 'file';
  if (type === 0x35) return 'folder';
  throw new Error(`the archive holds ${path}, which is neither file nor folder`);
}

/** Octal digits, or, with the highest bit set, a number of so many bytes. */
function numberOf(field: Buffer, path: string): number {
  const binary = ((field[0] ?? 0) & 0x80) !== 0;
  const value = binary
    ? field.subarray(1).reduce((sum, byte) => sum * 256 + byte, (field[0] ?? 0) & 0x7f)
    : Number.parseInt(textOf(field).trim(), 8);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`the archive gives no size for ${path}`);
}

function checkSum(header: Buffer): void {
  const stored = numberOf(header.subarray(148, 156), 'a header');
  const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (sum !== stored) throw new Error('a header of the archive has another checksum');
}
