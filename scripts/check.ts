import { fileURLToPath } from 'node:url';
import { parseArguments, USAGE } from './check/arguments.ts';
import { closingLine } from './check/counts.ts';
import { type Part, withNeeds } from './check/part.ts';
import { partsOf } from './check/parts.ts';
import { runParts } from './check/run-parts.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** Some minutes less than the 90 that a CI run has, so that the slow part is named. */
const CEILING_MINUTES = 85;
/** What all parts may take together, on 2 cores that do nothing else. */
const MINUTES = 20;

async function run(chosen: readonly Part[]): Promise<number> {
  const cancel = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => cancel.abort());
  }
  const startedMs = performance.now();
  const total = await runParts(chosen, {
    root: ROOT,
    ceilingMinutes: CEILING_MINUTES,
    everythingMustRun: process.env['CI'] === 'true',
    say: (line) => console.log(line),
    signal: cancel.signal,
  });
  const minutes = (performance.now() - startedMs) / 60_000;
  const slow = minutes > MINUTES ? `, SLOW: more than ${MINUTES} min` : '';
  console.log(`in ${minutes.toFixed(1)} min${slow}`);
  console.log(closingLine(total));
  return total.failed === 0 ? 0 : 1;
}

async function main(): Promise<number> {
  const parts = partsOf(ROOT);
  const request = parseArguments(
    process.argv.slice(2),
    parts.map(({ name }) => name),
  );
  switch (request.kind) {
    case 'refused':
      console.error(`check: ${request.reason}\n\n${USAGE}`);
      return 2;
    case 'help':
      console.log(USAGE);
      return 0;
    case 'list':
      for (const part of parts) {
        console.log(`${part.name.padEnd(14)} at most ${part.minutes} min on 2 cores`);
      }
      return 0;
    case 'only':
      return run(withNeeds(request.part, parts));
    case 'all':
      return run(parts);
  }
}

process.exitCode = await main();
