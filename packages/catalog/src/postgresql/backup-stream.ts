import type { Client, Connection, Submittable } from 'pg';

/** What a server sends of a base backup, in order: archives with their data, then the manifest. */
export type BackupPart =
  | { readonly kind: 'archive' | 'manifest' }
  | { readonly kind: 'data'; readonly chunk: Buffer };

const BUFFERED_BYTES_MAX = 4 * 2 ** 20;

const START_ARCHIVE = 0x6e;
const START_MANIFEST = 0x6d;
const DATA = 0x64;
const PROGRESS = 0x70;

/**
 * Runs a `BASE_BACKUP` command on a replication connection and gives its parts as they come; the
 * server waits while they are not taken. Where it is left before its end, the connection is of no
 * use any more.
 */
export function streamBackup(client: Client, command: string): AsyncGenerator<BackupPart> {
  const stream = new BackupStream(command);
  client.query(stream);
  return stream.parts();
}

/** The client calls its `handle...` methods with the messages of the server. */
class BackupStream implements Submittable {
  readonly #command: string;
  readonly #parts: BackupPart[] = [];
  #bufferedBytes = 0;
  #end: 'open' | 'done' | Error = 'open';
  #connection: Connection | null = null;
  #wake: () => void = () => {};

  constructor(command: string) {
    this.#command = command;
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
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
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
