import type { Commands } from './commands.ts';
import type { Counts } from './counts.ts';

/** A machine that is slow or busy with other things may take some times as long, and has not failed. */
export const STOPPED_AFTER = 8;

/** One part of `./check`. */
export interface Part {
  readonly name: string;
  /**
   * What it may take on 2 cores that do nothing else. One that takes longer is called slow; one that
   * takes {@link STOPPED_AFTER} times as long hangs: it is stopped and has failed.
   */
  readonly minutes: number;
  /** Parts that must have passed before; `--only` runs them too. */
  readonly needs: readonly string[];
  /** Paths or globs, from the root. While none exists the part is not listed at all. */
  readonly files: readonly string[];
  readonly run: (commands: Commands) => Promise<Counts>;
}

/** The parts to run for one wanted part, in the order of the table. */
export function withNeeds(wanted: string, parts: readonly Part[]): readonly Part[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name)) return;
    names.add(name);
    for (const need of parts.find((part) => part.name === name)?.needs ?? []) add(need);
  };
  add(wanted);
  return parts.filter((part) => names.has(part.name));
}
