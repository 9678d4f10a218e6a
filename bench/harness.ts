/** What a figure is held against. `ratio`: the value over its baseline of the same run. */
export interface Bound {
  readonly of: 'value' | 'ratio';
  readonly is: 'at most' | 'at least';
  readonly limit: number;
}

/** One measured figure. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** Of the value and of the baseline, for example `ms`. */
  readonly unit: string;
  /** What the value is compared with, measured in the same run; null where nothing is. */
  readonly baseline: { readonly what: string; readonly value: number } | null;
  /** Null for a figure that is only shown. */
  readonly bound: Bound | null;
  /** What a reader must know to judge it; empty where nothing. */
  readonly note: string;
}

/** A budget that could not be measured here: neither kept nor broken. */
export interface NotMeasured {
  readonly what: string;
  readonly reason: string;
}

export type Row = Figure | NotMeasured;

/** One file of this folder. */
export interface Benchmark {
  readonly name: string;
  run(): Promise<readonly Row[]>;
}

export type Verdict = 'kept' | 'broken' | 'shown' | 'not measured';

/** Null also where the baseline is nothing: no figure is a multiple of that. */
export function ratioOf({ value, baseline }: Figure): number | null {
  return baseline === null || baseline.value === 0 ? null : value / baseline.value;
}

export function verdictOf(row: Row): Verdict {
  if ('reason' in row) return 'not measured';
  const { bound } = row;
  if (bound === null) return 'shown';
  const judged = bound.of === 'value' ? row.value : ratioOf(row);
  // A ratio without a baseline, or a value that is no number, keeps nothing.
  if (judged === null || !Number.isFinite(judged)) return 'broken';
  const kept = bound.is === 'at most' ? judged <= bound.limit : judged >= bound.limit;
  return kept ? 'kept' : 'broken';
}

/** The lines that show a row to a person. */
export function linesOf(row: Row): readonly string[] {
  const verdict = verdictOf(row);
  if ('reason' in row) return [`  ${verdict}: ${row.what}`, `      ${row.reason}`];
  const { what, value, unit, baseline, bound, note } = row;
  const ratio = ratioOf(row);
  const parts = [
    `${shown(value)} ${unit}`,
    ...(baseline === null ? [] : [`${baseline.what} ${shown(baseline.value)} ${unit}`]),
    ...(ratio === null ? [] : [`ratio ${shown(ratio)}`]),
    ...(bound === null ? [] : [boundText(bound, unit)]),
  ];
  return [
    `  ${verdict}: ${what}`,
    `      ${parts.join(' | ')}`,
    ...(note === '' ? [] : [`      ${note}`]),
  ];
}

function boundText({ of, is, limit }: Bound, unit: string): string {
  return `bound: ${of} ${is} ${limit}${of === 'value' ? ` ${unit}` : ''}`;
}

function shown(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

/** The middle one, which one slow run does not move. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** CPU time of this process, all its threads, that the act takes. */
export async function cpuMsOf(act: () => Promise<void> | void): Promise<number> {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
