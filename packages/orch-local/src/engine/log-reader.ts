import type { FileHandle } from 'node:fs/promises';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '@firecamp/core';
import { orAbsent } from '@firecamp/files';
import { z } from 'zod';
import { Bell } from '../node/bell.ts';

const POLL_MS = 200;
const READ_BYTES = 65_536;
/** How often it is looked for the next file, while files are put aside. */
const ATTEMPTS_MAX = 5;
/** As many as a log may have: see `logFilesMax`. */
const FILES_MAX = 100;
/** No file has this number. */
const NONE = 0;

const stored = z.object({ t: z.number(), s: z.enum(['out', 'err']), k: z.string(), x: z.string() });

/** Which lines. */
export interface LogWanted {
  /** Null for all. */
  readonly tail: number | null;
  readonly follow: boolean;
}

/** The lines of one member, from all nodes that it ran on, by their time. */
export async function* readLogs(
  folder: string,
  { tail, follow }: LogWanted,
  signal: AbortSignal,
): AsyncGenerator<LogLine> {
  const files = new Map<string, Follower>();
  try {
    const lines = sorted(await readNew(folder, files));
    yield* tail === null ? lines : tail === 0 ? [] : lines.slice(-tail);
    while (follow && !signal.aborted) {
      yield* sorted(await readNew(folder, files));
      await new Bell().wait(POLL_MS, signal);
    }
  } finally {
    for (const file of files.values()) await file.close();
  }
}

function sorted(lines: readonly LogLine[]): readonly LogLine[] {
  return [...lines].sort((a, b) => a.atMs - b.atMs);
}

/** What was not read before: all that is there at first. */
async function readNew(folder: string, files: Map<string, Follower>): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (const name of await namesIn(folder)) {
    const file = files.get(name) ?? new Follower(join(folder, name));
    files.set(name, file);
    lines.push(...(await file.read()));
  }
  return lines;
}

/** The logs of a folder, one of each node, whatever of them is put aside. */
async function namesIn(folder: string): Promise<ReadonlySet<string>> {
  const names = (await orAbsent(readdir(folder))) ?? [];
  return new Set(names.flatMap((name) => /^(.*\.log)(?:\.\d+)?$/.exec(name)?.[1] ?? []));
}

/** Reads a log from its oldest file on, also when files are put aside and begun meanwhile. */
class Follower {
  readonly #path: string;
  #file: FileHandle | null = null;
  #number = NONE;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async read(): Promise<readonly LogLine[]> {
    const lines: LogLine[] = [];
    for (let count = 0; count < FILES_MAX; count += 1) {
      if (this.#file === null) await this.#take(await this.#oldest());
      if (this.#file === null) break;
      // Looked for before: a file that another one follows gets no more lines.
      const next = await this.#next();
      lines.push(...(await this.#readFrom(this.#file)));
      if (next === null) break;
      await this.#file.close();
      await this.#take(next);
    }
    return lines;
  }

  /** The file that was begun after this one; null where there is none, or it cannot be told now. */
  async #next(): Promise<FileHandle | null> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const age = await this.#age();
      if (age === 0) return null;
      // Of what was removed unread nothing is left.
      if (age === null) return await this.#oldest();
      const next = await orAbsent(open(this.#name(age - 1), 'r'));
      // Older files are put aside first: as long as this one stands there, so does that one.
      if ((await this.#numberAt(age)) === this.#number) return next;
      await next?.close();
    }
    return null;
  }

  /** How many files were begun after this one, which may be put aside meanwhile; null: it is gone. */
  async #age(): Promise<number | null> {
    for (let age = 0; age < FILES_MAX; age += 1) {
      if ((await this.#numberAt(age)) === this.#number) return age;
    }
    return null;
  }

  async #oldest(): Promise<FileHandle | null> {
    for (let age = FILES_MAX - 1; age >= 0; age -= 1) {
      const file = await orAbsent(open(this.#name(age), 'r'));
      if (file !== null) return file;
    }
    return null;
  }

  #name(age: number): string {
    return age === 0 ? this.#path : `${this.#path}.${age}`;
  }

  async #numberAt(age: number): Promise<number> {
    return (await orAbsent(stat(this.#name(age))))?.ino ?? NONE;
  }

  async #take(file: FileHandle | null): Promise<void> {
    this.#file = file;
    this.#rest = Buffer.alloc(0);
    this.#number = file === null ? NONE : (await file.stat()).ino;
  }

  async #readFrom(file: FileHandle): Promise<readonly LogLine[]> {
    const parts = [this.#rest];
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(READ_BYTES));
      if (bytesRead === 0) break;
      parts.push(buffer.subarray(0, bytesRead));
    }
    const all = Buffer.concat(parts);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#rest = all.subarray(end);
    return all.subarray(0, end).toString('utf8').split('\n').flatMap(parseLine);
  }
}

/** Half a line, left by a node that was killed while it wrote, is none. */
function parseLine(text: string): readonly LogLine[] {
  if (text === '') return [];
  try {
    const { t, s, k, x } = stored.parse(JSON.parse(text));
    return [{ atMs: t, stream: s, task: k, text: x }];
  } catch {
    return [];
  }
}
