import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Json } from '@firecamp/core';
import type { Report } from '@firecamp/core/conformance';
import { openSetting } from '../cluster/setting.ts';
import type { Command } from '../command.ts';
import { runSuite, SUITES, type SuiteResult } from '../conformance/suites.ts';
import { table } from '../output/table.ts';
import { unwritable } from '../unwritable.ts';

const EXIT_FAILED = 4;

export const adaptersConformance: Command = {
  arguments: [{ form: '[seam]', text: `${SUITES.join(', ')} (default: all of them)` }],
  options: [{ flags: '--report <file>', text: 'write the whole report as JSON to a file' }],
  examples: [
    ['firecamp conformance', 'all that can be tried from here'],
    ['firecamp conformance volumes --report volumes.json', 'one of them, with a report'],
  ],
  details:
    'Each case works on the real backend, beside what others have there, and removes what it made. The report says how often each request reached the backend, or null where the adapter offers nothing to count by. Orchestrators and fencers are tried by the tests of their packages, since they need nodes to run programs on.',
  run: async (context, input) => {
    const { io } = context;
    const chosen = input.optionalText('seam');
    const seams = SUITES.filter((seam) => chosen === null || seam === chosen);
    if (seams.length === 0) {
      throw input.refusal(
        'seam',
        `there is no suite for ${chosen}; there are ${SUITES.join(', ')}`,
      );
    }
    const setting = await openSetting(await context.configuration(), io);
    const results: SuiteResult[] = [];
    for (const seam of seams) {
      io.err(`${seam}: running`);
      results.push(await runSuite(setting, seam, { signal: io.signal }));
    }
    const report = results as unknown as Json;
    const file = input.optionalText('report');
    if (file !== null) await writeReport(resolve(io.folder, file), report);
    context.print(report, resultsText(results));
    const failed = results.some((each) => (each.report?.counts.failed ?? 0) > 0);
    return failed ? EXIT_FAILED : 0;
  },
};

async function writeReport(file: string, report: Json): Promise<void> {
  try {
    await writeFile(file, `${JSON.stringify(report, null, 2)}\n`);
  } catch (cause) {
    throw unwritable('firecamp conformance', file, cause);
  }
}

function resultsText(results: readonly SuiteResult[]): string {
  const rows = results.map(({ seam, adapter, report }) => [
    seam,
    adapter ?? 'none',
    ...(report === null
      ? ['-', '-', '-', '-']
      : [...countsOf(report).map(String), callsText(report)]),
  ]);
  const failures = results.flatMap(({ seam, report }) =>
    (report?.cases ?? [])
      .filter(({ outcome }) => outcome === 'failed')
      .map(({ id, title, message }) => `${seam}: ${id}: ${title}\n  ${message}`),
  );
  return [
    table(['SEAM', 'ADAPTER', 'PASSED', 'FAILED', 'NOT RUN', 'BACKEND CALLS'], rows),
    ...failures,
  ].join('\n');
}

function countsOf({ counts }: Report): readonly number[] {
  return [counts.passed, counts.failed, counts.notRun];
}

/** Not a number where the adapter has nothing to count by: none would be another thing. */
function callsText({ backendCalls }: Report): string {
  if (backendCalls === null) return 'not counted';
  return String(Object.values(backendCalls).reduce((sum, count) => sum + count, 0));
}
