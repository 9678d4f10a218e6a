import {
  environmentOf,
  hasEnded,
  listStats,
  machineBoot,
  type ProcessId,
  type ProcessStat,
  readStat,
} from './stat.ts';

/** What tells that a process belongs to a tree. */
export interface TreeMarks {
  /** The process that the tree was started with. */
  readonly root: ProcessId;
  /** In the environment of each of its processes that did not replace it. */
  readonly marker: { readonly name: string; readonly value: string };
  /** Processes that are of this tree for another reason, for example by what they have open. */
  readonly others?: (younger: readonly ProcessStat[]) => readonly number[];
  /** Processes that are not of this tree, nor are their descendants, whatever else says so. */
  readonly except?: () => readonly number[];
}

/**
 * All processes that come from one: its descendants, and those that left it by a double fork or
 * another session, as far as they were seen before, share a session with one that was, or carry
 * the mark. Within a PID namespace the descendants alone are all that there can be.
 */
export class ProcessTree {
  readonly #marks: TreeMarks;
  /** pid to start of all that were seen, as long as they or their session live. */
  #seen: ReadonlyMap<number, number>;

  constructor(marks: TreeMarks) {
    const { root } = marks;
    this.#marks = marks;
    // The number of one that has ended may be another's by now, and so may the session's.
    const stands = readStat(root.pid)?.startTicks === root.startTicks;
    this.#seen = stands ? new Map([[root.pid, root.startTicks]]) : new Map();
  }

  /** The processes that run now. Called now and then, it remembers those that leave the tree. */
  processes(): readonly ProcessStat[] {
    const { root, marker } = this.#marks;
    if (root.machineBoot !== machineBoot()) return [];
    const younger = listStats().filter((stat) => stat.startTicks >= root.startTicks);
    const others = new Set(this.#marks.others?.(younger) ?? []);
    const first = younger.filter(
      (stat) =>
        this.#seen.get(stat.pid) === stat.startTicks ||
        this.#seen.has(stat.sid) ||
        others.has(stat.pid) ||
        environmentOf(stat.pid, marker.name) === marker.value,
    );
    const within = beneath(
      younger,
      first.map(({ pid }) => pid),
    );
    const without = beneath(younger, this.#marks.except?.() ?? []);
    const found = younger.filter(
      ({ pid }) => within.has(pid) && !without.has(pid) && pid !== process.pid,
    );
    const sessions = new Set(found.map(({ sid }) => sid));
    const kept = [...this.#seen].filter(([pid]) => sessions.has(pid));
    this.#seen = new Map([...kept, ...found.map((stat) => [stat.pid, stat.startTicks] as const)]);
    return found.filter((stat) => !hasEnded(stat));
  }
}

/** No process has this number. */
const NO_PID = -1;

/** The tree of a program whose root is not known: all that carry the mark, and what they started. */
export function markedTree(marker: TreeMarks['marker']): ProcessTree {
  return new ProcessTree({
    root: { pid: NO_PID, startTicks: 0, machineBoot: machineBoot() },
    marker,
  });
}

/** The given processes and all their descendants. */
function beneath(stats: readonly ProcessStat[], roots: readonly number[]): ReadonlySet<number> {
  const children = Map.groupBy(stats, ({ ppid }) => ppid);
  const found = new Set(roots);
  // A set that grows while it is walked is walked to its end.
  for (const pid of found) for (const child of children.get(pid) ?? []) found.add(child.pid);
  return found;
}
