import { ShortFiles } from './short-files.ts';
import { SmallDisk } from './small-disk.ts';
import type { Place } from './test-cluster.ts';

/** Where a cluster is, on a disk that can be made to refuse what grows. */
export interface Disk extends Place, AsyncDisposable {
  /** Where this process finds what the cluster sees in the folder. */
  readonly seen: string;
  /** What is told of a database that may not grow. */
  readonly refusal: RegExp;
  /** What PostgreSQL says then to its client. */
  readonly serverRefusal: RegExp;
  /** Refuses until it is disposed of. @param pids - all that runs of the cluster. */
  fill(pids: () => readonly number[]): Disposable;
  readonly protection: Protection;
  /**
   * Makes the folder read-only until it is disposed of; what a process has open it may still write.
   * @param pids - all that runs of the cluster.
   */
  protect(pids: () => readonly number[]): Disposable;
}

/** What is told of a database that may not be written. */
export interface Protection {
  readonly told: RegExp;
  readonly exitCode: number;
  /** What starts a command so that it is refused too. */
  readonly by: readonly string[];
}

/** A disk that is really full where this machine lets us mount one, and says so where it does not. */
export async function fillable(sizeBytes: number): Promise<Disk> {
  try {
    return await SmallDisk.mount(sizeBytes);
  } catch (error) {
    console.log(`NOT a full disk, but files that may not grow: ${String(error)}`);
    return new ShortFiles();
  }
}
