import { readFileSync, writeFileSync } from 'node:fs';
import { type CallBudget, callBudgets, isBroken } from './counts/budgets.ts';
import { type AllCounts, compare, forgotten } from './counts/compare.ts';
import { countAll } from './counts/scenarios.ts';
import { tableOf } from './counts/table.ts';

const KEPT = new URL('counts.json', import.meta.url);
const USAGE = `usage: node bench/counts.ts [--all | --check | --write]

  (nothing)  shows how many requests each operation sends to each backend, and the budgets
  --all      shows each request of each operation too
  --check    shows the same table, and fails where a count is above that of bench/counts.json
  --write    keeps the counts of now in bench/counts.json`;

function showAll(counts: AllCounts): void {
  for (const [operation, calls] of Object.entries(counts)) {
    console.log(operation);
    for (const [call, count] of Object.entries(calls)) {
      console.log(`  ${`${count}`.padStart(4)}  ${call}`);
    }
  }
}

/** @returns how many checks failed. */
function check(now: AllCounts, budgets: readonly CallBudget[]): number {
  const kept: AllCounts = JSON.parse(readFileSync(KEPT, 'utf8'));
  const checks = compare(kept, now);
  const risen = checks.filter((one) => one.now > one.kept);
  for (const one of risen) {
    console.log(`risen: ${one.operation}: ${one.call}: ${one.kept} -> ${one.now}`);
  }
  for (const one of checks.filter((fallen) => fallen.now < fallen.kept)) {
    console.log(`fallen: ${one.operation}: ${one.call}: ${one.kept} -> ${one.now}; keep: --write`);
  }
  const lost = forgotten(kept, now);
  for (const operation of lost) console.log(`not counted any more: ${operation}`);
  const broken = budgets.filter(isBroken).length;
  const failed = risen.length + lost.length + broken;
  const bounded = budgets.filter(({ limit }) => limit !== null).length;
  const passed = checks.length - risen.length + bounded - broken;
  console.log(`${passed} passed, ${failed} failed, 0 skipped`);
  return failed;
}

async function main(args: readonly string[]): Promise<number> {
  const [how, ...more] = args;
  const known = how === undefined || how === '--all' || how === '--check' || how === '--write';
  if (more.length > 0 || !known) {
    console.error(USAGE);
    return 2;
  }
  const now = await countAll();
  if (how === '--all') showAll(now);
  const budgets = await callBudgets(now);
  for (const line of tableOf(now, budgets)) console.log(line);
  if (how === '--check') return check(now, budgets) > 0 ? 1 : 0;
  if (how === '--write') writeFileSync(KEPT, `${JSON.stringify(now, null, 2)}\n`);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
