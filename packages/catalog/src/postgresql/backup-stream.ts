import type { Client, Connection, Submittable } from 'pg';

/** What a server sends of a base backup, in order: archives with their data, then the manifest. */
export type BackupPart =
  | { readonly kind: 'archive' | 'manifest' }
  | { readonly kind: 'data'; readonly chunk: Buffer };

const BUFFERED_BYTES_MAX = 4 * 2 ** 20;
/** Ample: a server is silent until its checkpoint is done, with which each backup begins. */
const SILENCE_MS_MAX = 300_000;

const START_ARCHIVE = 0x6e;
const START_MANIFEST = 0x6d;
const DATA = 0x64;
const PROGRESS = 0x70;

/**
 * Runs a `BASE_BACKUP` command on a replication connection and gives its parts as they come; the
 * server waits while they are not taken. Where it is left before its end, the connection is of no
 * use any more.
 *
 * @param silenceMsMax - rejects with `ETIMEDOUT` where nothing came for so long.
 */
export function streamBackup(
  client: Client,
  command: string,
  silenceMsMax: number = SILENCE_MS_MAX,
): AsyncGenerator<BackupPart> {
  const stream = new BackupStream(command, silenceMsMax);
  client.query(stream);
  return stream.parts();
}

/** The client calls its `handle...` methods with the messages of the server. */
class BackupStream implements Submittable {
  readonly #command: string;
  readonly #silenceMsMax: number;
  readonly #parts: BackupPart[] = [];
  #bufferedBytes = 0;
  #end: 'open' | 'done' | Error = 'open';
  #connection: Connection | null = null;
  #wake: () => void = () => {};

  constructor(command: string, silenceMsMax: number) {
    this.#command = command;
    this.#silenceMsMax = silenceMsMax;
  }

  async *parts(): AsyncGenerator<BackupPart> {
    for (;;) {
      const part = this.#parts.shift();
      if (part !== undefined) {
        yield this.#taken(part);
      } else if (this.#end !== 'open') {
        if (this.#end === 'done') return;
        throw this.#end;
      } else {
        await this.#more();
      }
    }
  }

  /** Until the server has sent something, or for too long nothing. */
  async #more(): Promise<void> {
    const timer = setTimeout(() => this.#finish(silent(this.#silenceMsMax)), this.#silenceMsMax);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    clearTimeout(timer);
  }

  #taken(part: BackupPart): BackupPart {
    if (part.kind === 'data') this.#bufferedBytes -= part.chunk.length;
    if (this.#bufferedBytes < BUFFERED_BYTES_MAX) this.#connection?.stream.resume();
    return part;
  }

  #finish(end: 'done' | Error): void {
    if (this.#end === 'open') this.#end = end;
    this.#wake();
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.query(this.#command);
  }

  handleCopyData(message: { readonly chunk: Buffer }): void {
    const [kind] = message.chunk;
    if (kind === PROGRESS) return;
    if (kind === DATA) {
      // The parser of the client may write the next message into the same memory.
      const chunk = Buffer.from(message.chunk.subarray(1));
      this.#parts.push({ kind: 'data', chunk });
      this.#bufferedBytes += chunk.length;
      if (this.#bufferedBytes >= BUFFERED_BYTES_MAX) this.#connection?.stream.pause();
    } else if (kind === START_ARCHIVE || kind === START_MANIFEST) {
      this.#parts.push({ kind: kind === START_ARCHIVE ? 'archive' : 'manifest' });
    } else {
      this.#finish(new Error(`the server sent a part of kind ${kind} in a backup`));
    }
    this.#wake();
  }

  /** Of positions and tablespaces: a tablespace has an archive of its own. */
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}

  handleReadyForQuery(): void {
    this.#finish('done');
  }

  handleError(error: Error): void {
    this.#finish(error);
  }
}

function silent(ms: number): Error {
  const text = `nothing of the backup came for ${ms / 1_000} s`;
  return Object.assign(new Error(text), { code: 'ETIMEDOUT' });
}
