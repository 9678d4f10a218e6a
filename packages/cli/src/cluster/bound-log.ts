import { copyFileSync, rmSync, statSync, truncateSync } from 'node:fs';
import type { Clock } from '@firecamp/core';

/** As much as a file of a member's log may hold. */
const FILE_BYTES_MAX = 1 << 20;
const LOOK_MS = 2_000;

/**
 * Puts a log aside as `<path>.1`, over the one before, once it holds too much. The file itself goes
 * on: whoever writes to it has it open for appending, and cannot open another. Where that fails the
 * log stays as it is: it is where it would be told.
 */
export function boundLog(path: string): void {
  try {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= FILE_BYTES_MAX) return;
    putAside(path);
    truncateSync(path);
  } catch {
    // See above.
  }
}

/** Nothing is awaited before the file is cut: what this process writes is in one of the two. */
function putAside(path: string): void {
  const aside = `${path}.1`;
  try {
    copyFileSync(path, aside);
  } catch {
    // No log is worth a full disk.
    rmSync(aside, { force: true });
  }
}

/** Bounds it again and again until the signal fires. */
export async function keepBounded(path: string, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    boundLog(path);
    await clock.sleep(LOOK_MS, signal).catch(() => {});
  }
}
