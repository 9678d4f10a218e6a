import type { FileHandle } from 'node:fs/promises';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '@firecamp/core';
import { orAbsent } from '@firecamp/files';
import { z } from 'zod';
import { Bell } from '../node/bell.ts';

const POLL_MS = 200;
const READ_BYTES = 65_536;
/** How often a log that is put aside while it is read is read again. */
const ATTEMPTS_MAX = 5;
/** After so many names in a row without a file there is no older one. */
const ABSENT_MAX = 2;
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
    const lines = sorted(await readAll(folder, files));
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

/** All lines that are there; from the beginning again where a file was put aside meanwhile. */
async function readAll(folder: string, files: Map<string, Follower>): Promise<readonly LogLine[]> {
  for (let attempt = 1; ; attempt += 1) {
    const opened = await openNew(folder, files);
    const older = await readRotated(folder, opened);
    const newer = await readNew(folder, files);
    const same = [...files.values()].every(({ number }) => opened.has(number));
    if (same || attempt >= ATTEMPTS_MAX) return [...older, ...newer];
    for (const file of files.values()) await file.close();
    files.clear();
  }
}

/** @returns which files these are, by their numbers on the disk. */
async function openNew(folder: string, files: Map<string, Follower>): Promise<ReadonlySet<number>> {
  const opened = new Set<number>();
  for (const name of await namesOfNew(folder)) {
    const file = new Follower(join(folder, name));
    files.set(name, file);
    await file.open();
    opened.add(file.number);
  }
  return opened;
}

async function namesOfNew(folder: string): Promise<readonly string[]> {
  const names = (await orAbsent(readdir(folder))) ?? [];
  return names.filter((name) => name.endsWith('.log'));
}

/** What was put aside, but for the files that are open already. */
async function readRotated(
  folder: string,
  opened: ReadonlySet<number>,
): Promise<readonly LogLine[]> {
  const names = (await orAbsent(readdir(folder))) ?? [];
  const rotated = names
    .filter((name) => /\.log\.\d+$/.test(name))
    .sort((a, b) => Number(b.split('.').at(-1)) - Number(a.split('.').at(-1)));
  const lines: LogLine[] = [];
  for (const name of rotated) {
    const file = await orAbsent(open(join(folder, name), 'r'));
    if (file === null) continue;
    try {
      if (opened.has((await file.stat()).ino)) continue;
      lines.push(...(await linesOf(file)));
    } finally {
      await file.close();
    }
  }
  return lines;
}

async function linesOf(file: FileHandle): Promise<readonly LogLine[]> {
  return (await file.readFile('utf8')).split('\n').flatMap(parseLine);
}

async function readNew(folder: string, files: Map<string, Follower>): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  for (const name of await namesOfNew(folder)) {
    const file = files.get(name) ?? new Follower(join(folder, name));
    files.set(name, file);
    lines.push(...(await file.read()));
  }
  return lines;
}

/** Reads what is added to a file, also when it is put aside and another begun meanwhile. */
class Follower {
  readonly #path: string;
  #file: FileHandle | null = null;
  #number = NONE;
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  /** Which file it is at, by its number on the disk. */
  get number(): number {
    return this.#number;
  }

  async open(): Promise<void> {
    await this.#take(await orAbsent(open(this.#path, 'r')));
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async read(): Promise<readonly LogLine[]> {
    const old = this.#file;
    const now = await orAbsent(open(this.#path, 'r'));
    if (now === null) return [];
    if (old === null) await this.#take(now);
    else if (this.#number === (await now.stat()).ino) await now.close();
    else {
      const last = await this.#readFrom(old);
      const missed = await this.#begunBetween(this.#number, (await now.stat()).ino);
      await old.close();
      await this.#take(now);
      return [...last, ...missed, ...(await this.#readFrom(now))];
    }
    return await this.#readFrom(this.#file ?? now);
  }

  /** What was begun after the one file and put aside before the other, oldest first. */
  async #begunBetween(older: number, newer: number): Promise<readonly LogLine[]> {
    const seen = new Set([newer]);
    const found: (readonly LogLine[])[] = [];
    // While files are put aside, which goes from the oldest on, one name stands for none.
    for (let age = 1, absent = 0; absent < ABSENT_MAX; age += 1) {
      const file = await orAbsent(open(`${this.#path}.${age}`, 'r'));
      if (file === null) {
        absent += 1;
        continue;
      }
      absent = 0;
      try {
        const { ino } = await file.stat();
        if (ino === older) break;
        if (!seen.has(ino)) found.unshift(await linesOf(file));
        seen.add(ino);
      } finally {
        await file.close();
      }
    }
    return found.flat();
  }

  async #take(file: FileHandle | null): Promise<void> {
    this.#file = file;
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
