/** What was run of a world: drawn runs, one a seed, or one run for each single fault. */
export type Kind = 'seeds' | 'sweep';

/** A run that broke a rule. */
export interface Failure {
  /** Its place in the list of all runs, from 0. */
  readonly place: number;
  /** How to run it again, in words. */
  readonly run: string;
  readonly message: string;
}

/** What a stretch of runs came to. */
export interface Stretch {
  readonly runs: number;
  readonly failures: readonly Failure[];
  /** How often everything was exercised, by name. */
  readonly counts: ReadonlyMap<string, number>;
}

/** What has been run of one world so far: plain data, kept in a file between calls. */
export interface Report {
  readonly world: string;
  readonly kind: Kind;
  /** Of all source files that take part in a run: another source is another report. */
  readonly source: string;
  /** The commit that was checked out when the report was begun, for people; null if unknown. */
  readonly commit: string | null;
  /** The first seed; of a sweep: the one seed of the quiet run beneath it. */
  readonly first: number;
  /** How many runs were asked for. */
  readonly wanted: number;
  /** How many of them have ended: always the first ones of the list. */
  readonly done: number;
  readonly failed: number;
  /** The first of those that failed. */
  readonly failures: readonly Failure[];
  readonly counts: Readonly<Record<string, number>>;
  /** How many calls of seams one run makes, on average. */
  readonly callsPerRun: number;
  /** Of running, summed over all times that it was gone on with. */
  readonly seconds: number;
  readonly runsPerSecond: number;
  /** When it was last added to. */
  readonly date: string;
}

/** What is to be reported on. */
export type Subject = Pick<Report, 'world' | 'kind' | 'source' | 'commit' | 'first' | 'wanted'>;

const FAILURES_MAX = 100;
/** Of fewer runs no average is asked. */
const AVERAGE_RUNS_MIN = 100;

/**
 * The report to go on with: the kept one, if it is about the same runs of the same source, or else
 * an empty one. One that holds more runs than are wanted now wants as many as it holds.
 */
export function resumed(kept: Report | null, subject: Subject): Report {
  const same =
    kept !== null &&
    kept.world === subject.world &&
    kept.kind === subject.kind &&
    kept.source === subject.source &&
    kept.first === subject.first;
  if (same) return { ...kept, wanted: Math.max(subject.wanted, kept.done) };
  return {
    ...subject,
    ...{ done: 0, failed: 0, failures: [], counts: {}, callsPerRun: 0 },
    ...{ seconds: 0, runsPerSecond: 0, date: '' },
  };
}

/** The report with the next stretches of its list added, in which all runs have ended. */
export function grown(
  report: Report,
  stretches: readonly Stretch[],
  { seconds, date }: { readonly seconds: number; readonly date: string },
): Report {
  const counts = new Map(Object.entries(report.counts));
  for (const stretch of stretches) {
    for (const [name, count] of stretch.counts) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  const found = stretches.flatMap(({ failures }) => failures);
  const failures = [...report.failures, ...found].sort((a, b) => a.place - b.place);
  const done = stretches.reduce((sum, { runs }) => sum + runs, report.done);
  const allSeconds = report.seconds + seconds;
  return {
    ...report,
    done,
    failed: report.failed + found.length,
    failures: failures.slice(0, FAILURES_MAX),
    counts: Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    callsPerRun: Math.round((counts.get('calls') ?? 0) / Math.max(1, done)),
    seconds: allSeconds,
    runsPerSecond: allSeconds > 0 ? Math.round((10 * done) / allSeconds) / 10 : 0,
    date,
  };
}

/** The least that each run exercises on average, by name; single runs may well do less. */
export type Floors = Readonly<Record<string, number>>;

/**
 * Why the report is not green: runs that failed, runs that are missing, and whatever was exercised
 * too little for its absence of failures to mean anything. Empty where it is green.
 */
export function shortfalls(report: Report, floors: Floors): readonly string[] {
  const { failed, wanted, done, counts } = report;
  const runs = done < AVERAGE_RUNS_MIN ? 0 : done;
  const rare = Object.entries(floors)
    .map(([name, perRun]) => ({ name, count: counts[name] ?? 0, least: Math.floor(perRun * runs) }))
    .filter(({ count, least }) => count < least)
    .map(({ name, count, least }) => `${name}: ${count}, of at least ${least}`);
  return [
    ...(failed > 0 ? [`${failed} of ${done} runs failed`] : []),
    ...(done === 0 || (counts['calls'] ?? 0) === 0 ? ['nothing was run'] : []),
    ...(done < wanted ? [`${wanted - done} of ${wanted} runs are still to be done`] : []),
    ...rare,
  ];
}
