import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { median, type Row } from '../harness.ts';
import { runProgram } from '../processes.ts';
import { cpuTicks, processesWith, residentBytes } from './processes-of.ts';

const SPAN_MS = 10_000;
const SETTLED_MS = 1_000;
/** In which the kernel counts CPU time. */
const TICK_MS = 10;

/** Node, its libraries and what a bundle of a megabyte becomes: as much again as bare Node needs. */
const IDLE_RATIO_MAX = 2;
/**
 * V8 lets 64 MiB of buffers lie before it collects them for their own sake, and an agent that has
 * seeded a member and then rests has no other reason to: one and a half times bare Node's memory.
 */
const RESTING_RATIO_MAX = IDLE_RATIO_MAX + 1.5;
/**
 * A thousandth of a CPU where agents beat each 5 s and look each second. The embedded default looks
 * ten times as often and beats five times as often, so that it may take ten times as much.
 */
const CPU_MS_PER_SECOND_MAX = 10;

/** The least that any agent does: a timer, and a small file that is on the disk each second. */
const BEATS_ALONE = `
const { fsyncSync, openSync, writeSync } = require('node:fs');
const file = openSync(process.argv[1], 'w');
setInterval(() => { writeSync(file, 'beat', 0); fsyncSync(file); }, 1_000);`;

/** Agents of nodes without members. */
export async function idleRows(folder: string): Promise<readonly Row[]> {
  const agents = agentsOf(folder);
  const bare = spawn(process.execPath, ['-e', BEATS_ALONE, join(folder, 'beat')]);
  try {
    if (bare.pid === undefined) throw new Error('Node does not start');
    // What its start takes is not what it takes when it rests.
    await pause(SETTLED_MS);
    const watched = [bare.pid, ...agents];
    const before = watched.map(cpuTicks);
    await pause(SPAN_MS);
    const spent = watched.map((pid, index) => TICK_MS * (cpuTicks(pid) - (before[index] ?? 0)));
    const [alone = Number.NaN, ...ofAgents] = spent.map((ms) => ms / (SPAN_MS / 1_000));
    return [
      await memoryRow(agents, 'idle agent: memory', IDLE_RATIO_MAX),
      {
        what: 'idle agent: CPU time',
        value: median(ofAgents),
        unit: 'ms/s',
        baseline: { what: 'Node that writes a file each second', value: alone },
        bound: { of: 'value', is: 'at most', limit: CPU_MS_PER_SECOND_MAX },
        note: `median of ${agents.length} agents, in ${SPAN_MS / 1_000} s, to ${TICK_MS} ms`,
      },
    ];
  } finally {
    bare.kill('SIGKILL');
  }
}

/** Agents whose members were seeded, moved, and left alone. */
export async function restingRow(folder: string): Promise<Row> {
  return await memoryRow(agentsOf(folder), 'agent after the demo: memory', RESTING_RATIO_MAX);
}

function agentsOf(folder: string): readonly number[] {
  const agents = processesWith(folder, 'main.cjs', '--node').map(({ pid }) => pid);
  if (agents.length === 0) throw new Error('no agent runs');
  return agents;
}

async function memoryRow(agents: readonly number[], what: string, limit: number): Promise<Row> {
  const bare = await runProgram([process.execPath, '-e', 'console.log(process.memoryUsage.rss())']);
  return {
    what,
    value: median(agents.map(residentBytes)) / 2 ** 20,
    unit: 'MiB',
    baseline: { what: 'node -e', value: Number(bare.out) / 2 ** 20 },
    bound: { of: 'ratio', is: 'at most', limit },
    note: `resident, median of ${agents.length} agents; what they share is counted in each`,
  };
}
