import type { Row } from './harness.ts';
import { leastTimes, type Times } from './processes.ts';

/** The command as it is installed. */
export const MAIN: URL = new URL('../packages/cli/dist/bundle/main.cjs', import.meta.url);

/** What a start is measured for. */
export interface Start {
  /** What a person types. */
  readonly what: string;
  /** For Node. */
  readonly command: readonly string[];
  readonly cwd: string;
  readonly runs: number;
  /** How many times what Node takes that does nothing. */
  readonly ratioMax: number;
}

/** Node that does nothing waits for a CPU this much longer than it uses one: others are at work. */
const BUSY_RATIO = 1.5;

const LOOKS = 5;

/** Why times say nothing now; null where the machine is quiet enough. */
export async function whyBusy(): Promise<string | null> {
  const [bare] = await leastTimes([['-e', '0']], process.cwd(), LOOKS);
  return bare === undefined ? null : busyReason(bare);
}

function busyReason({ cpuMs, tookMs }: Times): string | null {
  if (tookMs <= BUSY_RATIO * cpuMs) return null;
  return `the machine is busy: node -e 0 took ${tookMs.toFixed(0)} ms for ${cpuMs.toFixed(0)} ms of CPU`;
}

/** What a command takes against Node that does nothing: CPU time, and the time until its end. */
export async function startRows(start: Start): Promise<readonly Row[]> {
  const { what, command, cwd, runs, ratioMax: limit } = start;
  const none: Times = { cpuMs: Number.NaN, tookMs: Number.NaN };
  const [bare = none, ours = none] = await leastTimes([['-e', '0'], command], cwd, runs);
  const bound = { of: 'ratio', is: 'at most', limit } as const;
  const note = `least of ${runs}, in turns`;
  const cpu: Row = {
    what: `${what}: CPU time`,
    value: ours.cpuMs,
    unit: 'ms',
    baseline: { what: 'node -e 0', value: bare.cpuMs },
    bound,
    note,
  };
  const until = `${what}: until it has ended`;
  const reason = busyReason(bare);
  if (reason !== null) return [cpu, { what: until, reason }];
  const baseline = { what: 'node -e 0', value: bare.tookMs };
  return [cpu, { what: until, value: ours.tookMs, unit: 'ms', baseline, bound, note }];
}
