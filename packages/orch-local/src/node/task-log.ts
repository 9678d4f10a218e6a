import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Readable } from 'node:stream';

/** Longer lines are cut into pieces, so that a program without line ends fills no memory. */
const LINE_CHARS_MAX = 16_384;

/** How much is kept. */
export interface LogLimits {
  readonly fileBytesMax: number;
  /** With the one that is written to; at least 2. */
  readonly filesMax: number;
}

/** One line of a log file: short keys, since each line has them. */
export interface StoredLine {
  /** Time of day in ms. */
  readonly t: number;
  readonly s: 'out' | 'err';
  /** The task. */
  readonly k: string;
  readonly x: string;
}

/**
 * A log file of bounded size: `path`, and `path.1` and up, the older the higher.
 *
 * Writing is synchronous: a program that prints faster than the disk takes it is slowed down by its
 * full pipe, and no memory fills. What cannot be written is dropped, since no log is worth a member.
 */
export class TaskLog {
  readonly #path: string;
  readonly #limits: LogLimits;
  #file: number | null = null;
  #bytes = 0;

  constructor(path: string, limits: LogLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /** Takes all that the stream gives, line by line, until it ends. */
  follow(stream: Readable, name: StoredLine['s'], task: string): void {
    let rest = '';
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => {
      const lines = (rest + part).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.append(name, task, line);
      if (rest.length > LINE_CHARS_MAX) {
        this.append(name, task, rest);
        rest = '';
      }
    });
    stream.on('end', () => {
      if (rest !== '') this.append(name, task, rest);
    });
    stream.on('error', () => {});
  }

  /** One line; a longer one is cut into several. */
  append(s: StoredLine['s'], k: string, text: string): void {
    for (let at = 0; at === 0 || at < text.length; at += LINE_CHARS_MAX) {
      const x = text.slice(at, at + LINE_CHARS_MAX);
      const line: StoredLine = { t: Date.now(), s, k, x };
      this.#write(Buffer.from(`${JSON.stringify(line)}\n`));
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #write(line: Buffer): void {
    try {
      let file = this.#open();
      if (this.#bytes > 0 && this.#bytes + line.length > this.#limits.fileBytesMax) {
        this.#rotate();
        file = this.#open();
      }
      this.#bytes += writeSync(file, line);
    } catch {
      this.close();
    }
  }

  #open(): number {
    if (this.#file !== null) return this.#file;
    mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
    this.#file = openSync(this.#path, 'a', 0o600);
    this.#bytes = fstatSync(this.#file).size;
    return this.#file;
  }

  #rotate(): void {
    this.close();
    for (let age = this.#limits.filesMax - 1; age >= 1; age -= 1) {
      const younger = age === 1 ? this.#path : `${this.#path}.${age - 1}`;
      try {
        renameSync(younger, `${this.#path}.${age}`);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    }
  }
}
