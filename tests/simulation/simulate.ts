import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunResult, runScenario, shrink } from '@firecamp/core/simulation';
import { type Choice, parseChoice, USAGE } from './choice.ts';
import { type Crew, crewOf } from './crew.ts';
import { floorsOf } from './floors.ts';
import { grown, type Kind, type Report, resumed, shortfalls } from './report.ts';
import { type Piece, Runner } from './runner.ts';
import { commitNow, sourceHash } from './source.ts';
import { storyOf } from './story.ts';

/** Runs of one job before it is counted: so many that jobs hardly wait for each other. */
const PIECE_RUNS_MAX = 200;
/** So many failures are enough to look into; a report goes on. */
const FAILURES_ENOUGH = 5;
const SHOWN_MAX = 20;
const SAVE_EVERY_MS = 10_000;
const SAY_EVERY_MS = 60_000;
const STORY_MAX = 100_000;

/** @throws SyntaxError - there is something else at that path. */
function keptReport(path: string): Report | null {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** One file after the other, so that a report is whole whenever this ends. */
function keep(path: string, report: Report): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(report, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}

/** The next pieces of the list, one for each job. */
function piecesOf({ done, wanted }: Report, jobs: number): readonly Piece[] {
  const runs = Math.min(PIECE_RUNS_MAX, Math.ceil((wanted - done) / jobs));
  return Array.from({ length: jobs }, (_, job) => ({
    from: Math.min(wanted, done + job * runs),
    to: Math.min(wanted, done + (job + 1) * runs),
  })).filter(({ from, to }) => from < to);
}

/** Runs what is still to be run, and keeps the report up to date. */
async function fill(
  begun: Report,
  choice: Choice,
  { crew, path }: { readonly crew: Crew; readonly path: string | null },
): Promise<Report> {
  let report = begun;
  let savedMs = performance.now();
  let saidMs = savedMs;
  const enough = choice.canary === null ? FAILURES_ENOUGH : 1;
  while (report.done < report.wanted) {
    const startedMs = performance.now();
    const stretches = await crew.run(piecesOf(report, choice.jobs));
    const nowMs = performance.now();
    const seconds = (nowMs - startedMs) / 1000;
    report = grown(report, stretches, { seconds, date: new Date().toISOString() });
    if (path === null) {
      if (report.failed >= enough) break;
      continue;
    }
    if (nowMs - savedMs >= SAVE_EVERY_MS) {
      keep(path, report);
      savedMs = nowMs;
    }
    if (nowMs - saidMs >= SAY_EVERY_MS) {
      console.log(headline(report));
      saidMs = nowMs;
    }
  }
  if (path !== null) keep(path, report);
  return report;
}

async function runWorld(choice: Choice, world: string): Promise<boolean> {
  const kind: Kind = choice.sweep ? 'sweep' : 'seeds';
  const runner = new Runner(choice, world);
  const wanted = await runner.length();
  const code = { source: await sourceHash(), commit: commitNow() };
  const path = choice.report === null ? null : join(choice.report, `${world}-${kind}.json`);
  if (choice.report !== null) mkdirSync(choice.report, { recursive: true });
  const kept = path === null ? null : keptReport(path);
  const begun = resumed(kept, { world, kind, first: choice.seed, wanted, ...code });
  if (kept !== null) {
    console.log(`${world}: ${begun.done > 0 ? `goes on after ${begun.done} runs` : 'begins anew'}`);
  }
  await using crew = crewOf(choice, world, runner);
  const report = await fill(begun, choice, { crew, path });
  show(report);
  if (choice.trace) await tell(choice, runner, report);
  if (choice.canary !== null) return caught(choice.canary.join(', '), report);
  const why = shortfalls(report, choice.family === null ? floorsOf(world, kind) : {});
  for (const reason of why) console.log(`  not green: ${reason}`);
  return why.length === 0;
}

function caught(canary: string, { failures: [failure] }: Report): boolean {
  const how = failure === undefined ? 'not caught' : `caught after ${failure.place + 1} runs`;
  console.log(`  without ${canary}: ${how}`);
  return failure !== undefined;
}

function headline({ world, kind, done, wanted, failed, runsPerSecond }: Report): string {
  return `${world}: ${done} of ${wanted} ${kind} run, ${failed} failed, ${runsPerSecond} runs/s`;
}

function show(report: Report): void {
  console.log(headline(report));
  const counts = Object.entries(report.counts).map(([name, count]) => `${name}: ${count}`);
  console.log(`  ${counts.join(', ')}`);
  for (const { run, message } of report.failures.slice(0, SHOWN_MAX)) {
    console.log(`  ${run}: ${message}`);
  }
}

/** The story of the first failure made small, or of the first run of all. */
async function tell({ save }: Choice, runner: Runner, report: Report): Promise<void> {
  const { parts } = runner;
  const [failure] = report.failures;
  const scenario = await runner.scenario(failure?.place ?? 0);
  let result: RunResult = await runScenario(scenario, parts);
  if (failure !== undefined) result = (await shrink(result, parts)).result;
  const told = await runScenario(result.scenario, { ...parts, traceMax: STORY_MAX });
  for (const line of storyOf(told)) console.log(line);
  if (save === null) return;
  const kept = {
    title: told.violation?.message ?? '',
    world: report.world,
    scenario: told.scenario,
  };
  writeFileSync(save, `${JSON.stringify(kept, null, 2)}\n`);
}

async function main(): Promise<void> {
  let choice: Choice;
  try {
    choice = parseChoice(process.argv.slice(2));
  } catch (error) {
    console.error(`simulate: ${error instanceof Error ? error.message : error}\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  let passed = 0;
  for (const world of choice.worlds) if (await runWorld(choice, world)) passed += 1;
  console.log(`${passed} passed, ${choice.worlds.length - passed} failed`);
  if (passed < choice.worlds.length) process.exitCode = 1;
}

await main();
