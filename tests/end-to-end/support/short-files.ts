import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Disk, Protection } from './disk.ts';

/** Each round finds what was started by a process that it had not yet come to before. */
const ROUNDS_MAX = 100;

/**
 * A folder on a disk that others use as well, in which no file may grow while it is to be full: what
 * anybody may ask for where nothing can be mounted. The system says `EFBIG` then, not `ENOSPC`.
 */
export class ShortFiles implements Disk {
  readonly folder: string;
  readonly by: readonly string[] = [];
  readonly refusal: RegExp = /disk|EFBIG/;
  /** A server that may not write its log ahead ends at once. */
  readonly serverRefusal: RegExp = /File too large|terminated unexpectedly|ECONNREFUSED/;

  readonly protection: Protection = {
    told: /disk|EFBIG/,
    exitCode: 5,
    by: ['/bin/sh', '-c', 'ulimit -f 0; exec "$@"', 'sh'],
  };

  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'fc-e2e-'));
    chmodSync(this.folder, 0o711);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get seen(): string {
    return this.folder;
  }

  fill(pids: () => readonly number[]): Disposable {
    limitAll(pids, '0');
    return { [Symbol.dispose]: () => limitAll(pids, 'unlimited') };
  }

  /** Root would write whatever the mode of a file is, so here is no other way. */
  protect(pids: () => readonly number[]): Disposable {
    return this.fill(pids);
  }
}

/** Sets the largest file that the processes may write. @throws Error - there are more and more. */
function limitAll(pids: () => readonly number[], soft: '0' | 'unlimited'): void {
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const other = pids().filter((pid) => (limitOf(pid) ?? soft) !== soft);
    if (other.length === 0) return;
    for (const pid of other) limit(pid, soft);
  }
  throw new Error(`there are processes whose limit is not ${soft}`);
}

/** Who is not the owner of a process would need a right for it that root may lack. */
function limit(pid: number, soft: '0' | 'unlimited'): void {
  try {
    const { uid, gid } = statSync(`/proc/${pid}`);
    const owner = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--'];
    const [file = '', ...args] = [
      ...(uid === process.getuid?.() ? [] : owner),
      ...['prlimit', `--pid=${pid}`, `--fsize=${soft}:`],
    ];
    execFileSync(file, args, { stdio: 'pipe' });
  } catch (error) {
    if (limitOf(pid) !== null) throw error;
  }
}

/** Null of a process that has ended. */
function limitOf(pid: number): string | null {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, 'utf8');
    return /^Max file size +(\w+)/m.exec(limits)?.[1] ?? null;
  } catch {
    return null;
  }
}
