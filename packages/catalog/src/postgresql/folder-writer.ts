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
const CLOSING_MAX = 16;

interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly hash: Hash;
  sizeBytes: number;
}

/** Writes the entries of an archive into a new folder, on disk when {@link finish} resolves. */
export class FolderWriter {
  readonly #root: string;
  readonly #user: MemberUser | null;
  readonly #received = new Map<string, Received>();
  readonly #folders = new Set<string>();
  readonly #closing = new Set<Promise<void>>();
  #current: OpenFile | null = null;

  constructor(root: string, user: MemberUser | null) {
    this.#root = root;
    this.#user = user;
  }

  async take(event: TarEvent): Promise<void> {
    if (event.kind === 'data') {
      const file = this.#file();
      file.hash.update(event.chunk);
      file.sizeBytes += event.chunk.length;
      await writeAll(file.handle, event.chunk);
    } else if (event.kind === 'end') {
      if (this.#current !== null) await this.#close(this.#current);
      this.#current = null;
    } else if (event.type === 'folder') {
      await this.#folder(event.path);
    } else {
      this.#current = await this.#create(event.path);
    }
  }

  /** @returns what was written, by path. */
  async finish(): Promise<ReadonlyMap<string, Received>> {
    await this.#closed(0);
    for (const folder of this.#folders) await syncFolder(join(this.#root, folder));
    await syncFolder(dirname(this.#root));
    return this.#received;
  }

  /** Closes what is open, after a failure. */
  async abandon(): Promise<void> {
    await this.#current?.handle.close().catch(() => {});
    await Promise.allSettled(this.#closing);
  }

  #file(): OpenFile {
    if (this.#current === null) throw new Error('the archive holds data of no file');
    return this.#current;
  }

  async #create(path: string): Promise<OpenFile> {
    const folder = dirname(path);
    await this.#folder(folder === '.' ? '' : folder);
    const handle = await open(join(this.#root, path), FRESH, FILE_MODE);
    if (this.#user !== null) await handle.chown(this.#user.uid, this.#user.gid);
    return { path, handle, hash: createHash('sha256'), sizeBytes: 0 };
  }

  /** Flushes to disk beside the next files: one at a time would wait for the disk each time. */
  async #close(file: OpenFile): Promise<void> {
    this.#received.set(file.path, { sizeBytes: file.sizeBytes, sha256: file.hash.digest('hex') });
    const closing = syncAndClose(file.handle);
    this.#closing.add(closing);
    closing.then(
      () => this.#closing.delete(closing),
      () => {},
    );
    await this.#closed(CLOSING_MAX);
  }

  async #closed(leftMax: number): Promise<void> {
    while (this.#closing.size > leftMax) await Promise.race(this.#closing);
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

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at);
    at += bytesWritten;
  }
}

async function syncAndClose(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
