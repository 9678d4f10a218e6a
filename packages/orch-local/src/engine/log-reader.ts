import type { FileHandle } from 'node:fs/promises';
import { open, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogLine } from '@firecamp/core';
import { orAbsent } from '@firecamp/files';
import { z } from 'zod';
import { Bell } from '../node/bell.ts';

const POLL_MS = 200;
const READ_BYTES = 65_536;

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
    const older = await readRotated(folder);
    const newer = await readNew(folder, files);
    const lines = sorted([...older, ...newer]);
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

async function readRotated(folder: string): Promise<readonly LogLine[]> {
  const names = (await orAbsent(readdir(folder))) ?? [];
  const rotated = names
    .filter((name) => /\.log\.\d+$/.test(name))
    .sort((a, b) => Number(b.split('.').at(-1)) - Number(a.split('.').at(-1)));
  const lines: LogLine[] = [];
  for (const name of rotated) {
    const text = (await orAbsent(readFile(join(folder, name), 'utf8'))) ?? '';
    lines.push(...text.split('\n').flatMap(parseLine));
  }
  return lines;
}

async function readNew(folder: string, files: Map<string, Follower>): Promise<LogLine[]> {
  const names = (await orAbsent(readdir(folder))) ?? [];
  const lines: LogLine[] = [];
  for (const name of names.filter((file) => file.endsWith('.log'))) {
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
  #rest: Buffer = Buffer.alloc(0);

  constructor(path: string) {
    this.#path = path;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async read(): Promise<readonly LogLine[]> {
    const old = this.#file;
    const now = await orAbsent(open(this.#path, 'r'));
    if (now === null) return [];
    if (old === null) this.#file = now;
    else if ((await old.stat()).ino === (await now.stat()).ino) await now.close();
    else {
      const last = await this.#readFrom(old);
      await old.close();
      this.#file = now;
      return [...last, ...(await this.#readFrom(now))];
    }
    return await this.#readFrom(this.#file ?? now);
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
