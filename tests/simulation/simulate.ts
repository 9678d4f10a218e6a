import { writeFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { PROTOCOL_RULES } from '@firecamp/core';
import {
  calmScenario,
  drawScenario,
  type RunParts,
  type RunResult,
  runScenario,
  type Scenario,
  shrink,
  singleFaults,
} from '@firecamp/core/simulation';
import { type Choice, parseChoice, USAGE } from './choice.ts';
import { drain } from './drain.ts';
import { productionPrograms } from './programs.ts';
import { storyOf } from './story.ts';
import { WORLDS } from './worlds.ts';

/** What one worker is to run: every so-manieth scenario of a world. */
interface Share {
  readonly choice: Choice;
  readonly world: string;
  readonly job: number;
}

/** What one worker found. */
interface Found {
  readonly runs: number;
  readonly failures: readonly { readonly scenario: Scenario; readonly message: string }[];
  readonly counts: ReadonlyMap<string, number>;
  /** How many runs came before the first failure, by their place in the whole list. */
  readonly firstFailure: number | null;
}

const FAILURES_MAX = 5;
const STORY_MAX = 100_000;

function partsOf(choice: Choice, world: string): RunParts {
  const rules =
    choice.canary === null ? PROTOCOL_RULES : { ...PROTOCOL_RULES, [choice.canary]: false };
  const { kind } = worldOf(world);
  return { kind, programs: productionPrograms(rules), drain };
}

function worldOf(name: string): (typeof WORLDS)[string] {
  const world = WORLDS[name];
  if (world === undefined) throw new TypeError(`there is no world ${name}`);
  return world;
}

async function scenariosOf({ choice, world }: Share): Promise<readonly Scenario[]> {
  const { bounds } = worldOf(world);
  if (choice.sweep) {
    const base = calmScenario(choice.seed, bounds);
    return singleFaults(base, partsOf(choice, world));
  }
  return Array.from({ length: choice.count }, (_, index) =>
    drawScenario(choice.seed + index, bounds),
  );
}

async function runShare(share: Share): Promise<Found> {
  const { choice, world, job } = share;
  const parts = partsOf(choice, world);
  const counts = new Map<string, number>();
  const failures: { scenario: Scenario; message: string }[] = [];
  let runs = 0;
  let firstFailure: number | null = null;
  const scenarios = await scenariosOf(share);
  for (let index = job; index < scenarios.length; index += choice.jobs) {
    const scenario = scenarios[index];
    if (scenario === undefined) break;
    const result = await runScenario(scenario, parts);
    runs += 1;
    for (const [name, count] of result.exercised) counts.set(name, (counts.get(name) ?? 0) + count);
    if (result.violation === null) continue;
    firstFailure ??= index + 1;
    failures.push({ scenario, message: result.violation.message });
    if (failures.length >= FAILURES_MAX || choice.canary !== null) break;
  }
  return { runs, failures, counts, firstFailure };
}

async function runWorld(choice: Choice, world: string): Promise<boolean> {
  const startedMs = performance.now();
  const shares = Array.from({ length: choice.jobs }, (_, job) => ({ choice, world, job }));
  const found =
    choice.jobs === 1
      ? await Promise.all(shares.map(runShare))
      : await Promise.all(shares.map(inWorker));
  const seconds = (performance.now() - startedMs) / 1000;
  const runs = found.reduce((sum, one) => sum + one.runs, 0);
  const failures = found.flatMap((one) => one.failures);
  console.log(
    `${world}: ${runs} runs, ${failures.length} failed, ${(runs / seconds).toFixed(0)} runs/s`,
  );
  printCounts(found);
  for (const { scenario, message } of failures) {
    console.log(`  seed ${scenario.seed} ${faultOf(scenario)}: ${message}`);
  }
  const [failure] = failures;
  if (choice.trace) await tell(choice, world, failure?.scenario ?? null);
  if (choice.canary === null) return failures.length === 0;
  const after = Math.min(...found.map(({ firstFailure }) => firstFailure ?? Infinity));
  console.log(`  without ${choice.canary}: ${caught(after)}`);
  return failures.length > 0;
}

function caught(after: number): string {
  return Number.isFinite(after) ? `caught after ${after} runs` : 'not caught';
}

function faultOf({ faults }: Scenario): string {
  const [fault] = faults ?? [];
  if (fault === undefined || faults?.length !== 1) return '';
  return `(${fault.fault} of ${fault.call} number ${fault.occurrence} of ${fault.process})`;
}

/** The story of the first failure made small, or of the one seed that was asked for. */
async function tell(choice: Choice, world: string, failed: Scenario | null): Promise<void> {
  const parts = partsOf(choice, world);
  const { bounds } = worldOf(world);
  const scenario = failed ?? drawScenario(choice.seed, bounds);
  let result: RunResult = await runScenario(scenario, parts);
  if (failed !== null) result = (await shrink(result, parts)).result;
  const told = await runScenario(result.scenario, { ...parts, traceMax: STORY_MAX });
  for (const line of storyOf(told)) console.log(line);
  if (choice.save === null) return;
  const kept = { title: told.violation?.message ?? '', world, scenario: told.scenario };
  writeFileSync(choice.save, `${JSON.stringify(kept, null, 1)}\n`);
}

function printCounts(found: readonly Found[]): void {
  const sums = new Map<string, number>();
  for (const { counts } of found) {
    for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  }
  const names = [...sums.keys()].sort();
  console.log(`  ${names.map((name) => `${name}: ${sums.get(name)}`).join(', ')}`);
}

function inWorker(share: Share): Promise<Found> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
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

if (isMainThread) await main();
else parentPort?.postMessage(await runShare(workerData));
