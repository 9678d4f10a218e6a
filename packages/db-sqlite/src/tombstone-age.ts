/** Between two marks: the age is known to this, in ms. */
const MARK_MS = 60_000;

/**
 * Knows which tombstones have stood long enough, by what this program has itself seen on its own
 * clock: no time stands in the file, so that no clock that jumps makes one vanish early. A program
 * that has just started takes all that it finds for new.
 */
export class TombstoneAge {
  readonly #standMs: number;
  /** Oldest first: at that time every revision up to this one had been given. */
  readonly #marks: { readonly atMs: number; readonly revision: number }[] = [];

  constructor(standMs: number) {
    this.#standMs = standMs;
  }

  /** @param revision - the last that has been given, seen at that moment. */
  mark(nowMs: number, revision: number): void {
    const last = this.#marks.at(-1);
    if (last === undefined || nowMs - last.atMs >= MARK_MS) {
      this.#marks.push({ atMs: nowMs, revision });
    }
  }

  /** @returns the revision up to which every tombstone may go, once for each mark; null: none. */
  due(nowMs: number): number | null {
    let revision: number | null = null;
    for (;;) {
      const [oldest] = this.#marks;
      if (oldest === undefined || nowMs - oldest.atMs < this.#standMs) return revision;
      revision = oldest.revision;
      this.#marks.shift();
    }
  }
}
