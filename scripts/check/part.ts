import type { Commands } from './commands.ts';
import type { Counts } from './counts.ts';

/** One part of `./check`. */
export interface Part {
  readonly name: string;
  /** A part that takes longer is stopped and has failed. */
  readonly ceilingMinutes: number;
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
