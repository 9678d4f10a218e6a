import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lchown, mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '@firecamp/files';
import type { MemberUser } from '../recipe.ts';
import type { Received } from './manifest.ts';
import type { TarEvent } from './tar.ts';

const FOLDER_MODE = 0o700;
const FILE_MODE = 0o600;
/** Never through a link, never over what is there: the folder was made for this copy alone. */
const FRESH = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** Files on their way to the disk, and data that is not written yet. */
const FILES_MAX = 16;
const BUFFERED_BYTES_MAX = 8 * 2 ** 20;

interface OpenFile {
  readonly path: string;
  readonly handle: Promise<FileHandle>;
  readonly hash: Hash;
  /** Settles when all that came so far is written. */
  written: Promise<void>;
  sizeBytes: number;
}

/**
 * Writes the entries of an archive into a new folder, on disk when {@link finish} resolves. Several
 * files are on their way at once: one at a time would wait for the disk each time.
 */
export class FolderWriter {
  readonly #root: string;
  readonly #user: MemberUser | null;
  readonly #received = new Map<string, Received>();
  readonly #folders = new Set<string>();
  readonly #closing = new Set<Promise<void>>();
  #current: OpenFile | null = null;
  #bufferedBytes = 0;

  constructor(root: string, user: MemberUser | null) {
    this.#root = root;
    this.#user = user;
  }

  /** Keeps the chunk of a `data` event until it is written. */
  async take(event: TarEvent): Promise<void> {
    if (event.kind === 'data') {
      this.#write(event.chunk);
      if (this.#bufferedBytes > BUFFERED_BYTES_MAX) await this.#current?.written;
    } else if (event.kind === 'end') {
      this.#close();
      while (this.#closing.size > FILES_MAX) await Promise.race(this.#closing);
    } else if (event.type === 'folder') {
      await this.#folder(event.path);
    } else {
      const folder = dirname(event.path);
      await this.#folder(folder === '.' ? '' : folder);
      this.#current = this.#open(event.path);
    }
  }

  /** @returns what was written, by path. */
  async finish(): Promise<ReadonlyMap<string, Received>> {
    await Promise.all(this.#closing);
    for (const folder of this.#folders) await syncFolder(join(this.#root, folder));
    await syncFolder(dirname(this.#root));
    return this.#received;
  }

  /** Closes what is open, after a failure. */
  async abandon(): Promise<void> {
    this.#close();
    await Promise.allSettled(this.#closing);
  }

  #open(path: string): OpenFile {
    const handle = this.#create(join(this.#root, path));
    const written = handle.then(() => {});
    return { path, handle, hash: createHash('sha256'), written: quiet(written), sizeBytes: 0 };
  }

  async #create(path: string): Promise<FileHandle> {
    const handle = await open(path, FRESH, FILE_MODE);
    if (this.#user !== null) await handle.chown(this.#user.uid, this.#user.gid);
    return handle;
  }

  #write(chunk: Buffer): void {
    const file = this.#current;
    if (file === null) throw new Error('the archive holds data of no file');
    file.hash.update(chunk);
    file.sizeBytes += chunk.length;
    this.#bufferedBytes += chunk.length;
    file.written = quiet(
      file.written.then(async () => {
        await writeAll(await file.handle, chunk);
        this.#bufferedBytes -= chunk.length;
      }),
    );
  }

  #close(): void {
    const file = this.#current;
    this.#current = null;
    if (file === null) return;
    const { path, sizeBytes } = file;
    this.#received.set(path, { sizeBytes, sha256: file.hash.digest('hex') });
    const closing = quiet(syncAndClose(file));
    this.#closing.add(closing);
    // One that failed stays, for whoever waits for it next.
    closing.then(
      () => this.#closing.delete(closing),
      () => {},
    );
  }

  async #folder(path: string): Promise<void> {
    if (this.#folders.has(path)) return;
    if (path !== '') await this.#folder(path.includes('/') ? dirname(path) : '');
    const absolute = join(this.#root, path);
    await mkdir(absolute, { mode: FOLDER_MODE });
    if (this.#user !== null) await lchown(absolute, this.#user.uid, this.#user.gid);
    this.#folders.add(path);
  }
}

/** Whoever awaits it gets the failure; without this, one that nobody awaits yet ends the process. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at);
    at += bytesWritten;
  }
}

async function syncAndClose(file: OpenFile): Promise<void> {
  const handle = await file.handle;
  try {
    await file.written;
    await handle.sync();
  } finally {
    await handle.close();
  }
}
