import { Commands } from './commands.ts';
import { type Counts, closingLine, judge, ONE_FAILED, sum } from './counts.ts';
import { type Part, STOPPED_AFTER } from './part.ts';

const MINUTE_MS = 60_000;

export interface RunOptions {
  readonly root: string;
  /** The whole run is stopped after so long, with a failure that names the part that ran. */
  readonly ceilingMinutes: number;
  /** With `CI=true` what cannot run has failed. */
  readonly everythingMustRun: boolean;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

interface Outcome {
  readonly name: string;
  readonly counts: Counts;
  readonly note: string;
}

/** Runs the parts one after another and says how each went. */
export async function runParts(parts: readonly Part[], options: RunOptions): Promise<Counts> {
  const over = AbortSignal.timeout(options.ceilingMinutes * MINUTE_MS);
  const outcomes: Outcome[] = [];
  for (const part of parts) {
    if (options.signal?.aborted) break;
    const broken = part.needs.find((need) =>
      outcomes.some(({ name, counts }) => name === need && counts.failed > 0),
    );
    const outcome = broken
      ? { name: part.name, counts: ONE_FAILED, note: `not run, since ${broken} failed` }
      : await runPart(part, over, options);
    options.say(describeOutcome(outcome));
    outcomes.push(outcome);
  }
  options.say('');
  for (const outcome of outcomes) options.say(describeOutcome(outcome));
  const total = sum(outcomes.map(({ counts }) => counts));
  return options.signal?.aborted ? sum([total, ONE_FAILED]) : total;
}

async function runPart(part: Part, over: AbortSignal, options: RunOptions): Promise<Outcome> {
  const { name, minutes } = part;
  if (over.aborted) {
    return { name, counts: ONE_FAILED, note: `not run: ${reasonToStop(part, over, options)}` };
  }
  options.say(`== ${name}`);
  const startedMs = performance.now();
  const commands = new Commands(options.root);
  const hanging = new AbortController();
  const timer = setTimeout(() => hanging.abort(), STOPPED_AFTER * minutes * MINUTE_MS);
  const limit = AbortSignal.any([hanging.signal, over, options.signal ?? over]);
  const stopped = new Promise<void>((resolve) => {
    limit.addEventListener('abort', () => resolve(commands.stop()), { once: true });
  });
  const ran = part.run(commands).catch((error: unknown) => {
    console.error(error);
    return ONE_FAILED;
  });
  const finished = await Promise.race([ran, stopped]);
  clearTimeout(timer);
  await commands.stop();
  const tookMs = performance.now() - startedMs;
  const seconds = `${(tookMs / 1000).toFixed(1)} s`;
  if (finished && !limit.aborted) {
    const slow = tookMs > minutes * MINUTE_MS ? `, SLOW: more than its ${minutes} min` : '';
    return { name, counts: judge(finished, options.everythingMustRun), note: `${seconds}${slow}` };
  }
  const why = reasonToStop(part, over, options);
  return { name, counts: ONE_FAILED, note: `stopped after ${seconds}: ${why}` };
}

function reasonToStop(part: Part, over: AbortSignal, options: RunOptions): string {
  if (options.signal?.aborted) return 'interrupted';
  if (over.aborted) return `the ${options.ceilingMinutes} min of the whole run are over`;
  return `over ${STOPPED_AFTER} times its ${part.minutes} min`;
}

function describeOutcome({ name, counts, note }: Outcome): string {
  const verdict = counts.failed === 0 ? 'ok    ' : 'FAILED';
  return `${verdict} ${name.padEnd(14)} ${closingLine(counts)} (${note})`;
}
