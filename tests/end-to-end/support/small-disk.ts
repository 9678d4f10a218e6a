import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk } from './disk.ts';

const ROOT = process.getuid?.() === 0;
const UNSHARE = 'unshare';
/** Mounts a filesystem where nobody else sees it, and stays until its input ends. */
const HOLD = [
  ...['--mount', ...(ROOT ? [] : ['--user', '--map-root-user']), 'sh', '-c'],
  'mount -t tmpfs -o "size=$1,mode=0711" small "$0" && echo mounted && exec cat >/dev/null',
];
const BIG_BYTES = 2 ** 20;
const SMALL_BYTES = 2 ** 12;
/** What others free while the disk is to be full is taken within this time. */
const REFILL_MS = 20;

/** A folder on a filesystem of its own, small enough to fill; gone when it is disposed of. */
export class SmallDisk implements Disk {
  readonly folder: string;
  readonly refusal: RegExp = /the disk is full \(make room/;
  readonly serverRefusal: RegExp = /No space left on device/;
  readonly #holder: ChildProcess;

  private constructor(folder: string, holder: ChildProcess) {
    this.folder = folder;
    this.#holder = holder;
  }

  /** @throws Error - why this machine does not let us mount. */
  static async mount(sizeBytes: number): Promise<SmallDisk> {
    const folder = mkdtempSync(join(tmpdir(), 'fc-e2e-'));
    chmodSync(folder, 0o711);
    const holder = spawn(UNSHARE, [...HOLD, folder, String(sizeBytes)]);
    let why = '';
    holder.stderr.on('data', (chunk: Buffer) => {
      why += chunk.toString();
    });
    const ended = once(holder, 'close').then(() => null, String);
    if (Array.isArray(await Promise.race([once(holder.stdout, 'data'), ended]))) {
      return new SmallDisk(folder, holder);
    }
    rmdirSync(folder);
    throw new Error(`a filesystem cannot be mounted: ${why}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    await closed;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What starts a program that sees the folder as it is here. */
  get by(): readonly string[] {
    const { uid, gid } = { uid: process.getuid?.(), gid: process.getgid?.() };
    // Who made the user namespace is root in it, and would run members as somebody else.
    const as = ROOT ? [] : ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`];
    return [...this.#enter, ...as, 'sh', '-c', 'cd "$0" && exec "$@"', this.folder];
  }

  get #enter(): readonly string[] {
    const user = ROOT ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', `--target=${this.#holder.pid}`, '--mount', ...user, '--'];
  }

  /** Where this process finds what the others see in the folder. */
  get seen(): string {
    return join(`/proc/${this.#holder.pid}/root`, this.folder);
  }

  /** Takes all the room there is, and what becomes free, until it is disposed of. */
  fill(): Disposable {
    const path = join(this.seen, 'ballast');
    const ballast = openSync(path, 'a');
    const take = (): void => {
      for (const bytes of [BIG_BYTES, SMALL_BYTES]) writeAll(ballast, bytes);
    };
    const timer = setInterval(take, REFILL_MS);
    take();
    return {
      [Symbol.dispose]: () => {
        clearInterval(timer);
        closeSync(ballast);
        unlinkSync(path);
      },
    };
  }
}

/** Writes until there is no room. */
function writeAll(file: number, bytes: number): void {
  const chunk = Buffer.alloc(bytes, 1);
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
  }
}
