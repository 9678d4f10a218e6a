import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk, Protection } from './disk.ts';

const ROOT = process.getuid?.() === 0;
const UNSHARE = 'unshare';
const NSENTER = 'nsenter';
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
  readonly protection: Protection = {
    told: /cluster\.db: the filesystem is read-only \(let this user write/,
    exitCode: 3,
    by: [],
  };
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
    return [NSENTER, `--target=${this.#holder.pid}`, '--mount', ...user, '--'];
  }

  /** Where this process finds what the others see in the folder. */
  get seen(): string {
    return join(`/proc/${this.#holder.pid}/root`, this.folder);
  }

  /** Covers the folder by itself, read-only, wherever we may: where root looks, for all. */
  protect(pids: () => readonly number[]): Disposable {
    for (const pid of this.#namespaces(pids())) {
      this.#inside(pid, 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0"');
    }
    return {
      [Symbol.dispose]: () => {
        // What was started meanwhile has the cover of what started it.
        for (const pid of this.#namespaces(pids())) {
          if (this.#layers(pid) > 1) this.#inside(pid, 'umount --lazy "$0"');
        }
      },
    };
  }

  /** A process of each mount namespace in which we may mount: agents of others have their own. */
  #namespaces(pids: readonly number[]): readonly number[] {
    const holder = this.#holder.pid ?? 0;
    return ROOT ? oneOfEach([...pids, holder]) : [holder];
  }

  #inside(pid: number, script: string): void {
    // To unmount needs a /proc that knows who asks: what made a namespace is itself in another.
    const children = `--pid=/proc/${pid}/ns/pid_for_children`;
    const more = ROOT ? [children] : ['--user', '--preserve-credentials'];
    const enter = [`--target=${pid}`, '--mount', ...more, '--'];
    execFileSync(NSENTER, [...enter, 'sh', '-c', script, this.folder], { stdio: 'pipe' });
  }

  #layers(pid: number): number {
    const mounts = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
    return mounts.filter((line) => line.split(' ')[4] === this.folder).length;
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

/** One process of each mount namespace. */
function oneOfEach(pids: readonly number[]): readonly number[] {
  const found = new Map<string, number>();
  for (const pid of pids) {
    try {
      found.set(readlinkSync(`/proc/${pid}/ns/mnt`), pid);
    } catch {
      // It has ended since it was listed.
    }
  }
  return [...found.values()];
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
