import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { FireCampError } from '@firecamp/core';
import { expect, test } from 'vitest';
import { type ProgramRun, runProgram } from '../../dist/care/run.js';
import { memberUser, poll } from './deployment.ts';

const SHELL = '/bin/sh';

function run(change: Partial<ProgramRun>): Promise<string> {
  return runProgram({
    command: ['/bin/true'],
    folder: tmpdir(),
    user: null,
    environment: { PATH: '/usr/bin:/bin' },
    input: '',
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    clean: (text) => text,
    ...change,
  });
}

async function faultOf(done: Promise<string>): Promise<FireCampError> {
  const fault = await done.catch((error: unknown) => error);
  if (FireCampError.is(fault)) return fault;
  throw new Error('it did not fail as it should', { cause: fault });
}

/** A process that has ended and was not collected yet has no code that could run. */
function runs(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function awaitEnded(pids: readonly number[]): Promise<void> {
  await poll(`${pids.join()} have ended`, async () => !pids.some(runs));
}

test('a program gets its input and its environment, nothing of ours, and gives its output', async () => {
  const output = await run({
    command: [SHELL, '-c', 'cat; env; pwd'],
    environment: { ONLY: 'this' },
    input: 'in\n',
    folder: '/',
  });

  const lines = output.split('\n');
  expect(lines[0]).toBe('in');
  expect(lines).toContain('ONLY=this');
  expect(lines).toContain('/');
  expect(output).not.toContain('HOME=');
});

test('no shell reads the arguments', async () => {
  expect(await run({ command: ['/bin/echo', '$(id)', '; ls'] })).toBe('$(id) ; ls\n');
});

test('a program runs as the user of the member, in no other group, or not at all', async () => {
  const another = (process.getuid?.() ?? 0) + 1;
  const wanted = memberUser ?? { uid: another, gid: another };
  const output = run({ command: ['/usr/bin/id'], user: wanted });

  if (memberUser === null) expect((await faultOf(output)).code).toBe('PERMISSION_DENIED');
  else {
    expect(await output).toMatch(new RegExp(`^uid=${wanted.uid}\\(.*groups=${wanted.gid}\\(`));
  }
});

test('a program that fails is told with its last lines', async () => {
  const fault = await faultOf(
    run({
      command: [SHELL, '-c', 'seq 1 100 >&2; exit 3'],
      clean: (text) => text.replace('99', '**'),
    }),
  );

  expect(fault.code).toBe('INTERNAL');
  expect(fault.message).toBe('sh ended with code 3: 96 | 97 | 98 | ** | 100');
});

test('a program that is missing, or may not be run, is told apart', async () => {
  expect((await faultOf(run({ command: ['/bin/no-such'] }))).code).toBe('FAILED_PRECONDITION');
  expect((await faultOf(run({ command: ['postgres'] }))).code).toBe('FAILED_PRECONDITION');
  expect((await faultOf(run({ command: ['/etc/passwd'] }))).code).toBe('PERMISSION_DENIED');
});

test('only the end of a long output is kept', async () => {
  const output = await run({
    command: [SHELL, '-c', 'yes 0123456789 | head -c 3000000; echo; echo end'],
  });

  expect(output.length).toBe(2 ** 20);
  expect(output.endsWith('\nend\n')).toBe(true);
});

test('when the signal fires, nothing of the program is left', async () => {
  const end = new AbortController();
  const started = run({
    command: [SHELL, '-c', 'sleep 60 & echo $! >&2; sleep 60'],
    signal: end.signal,
    clean: (text) => text,
  });
  const pids = await poll('the child of the program runs', async () => childrenNamed('sleep'));
  end.abort();

  expect((await faultOf(started)).code).toBe('ABORTED');
  await awaitEnded(pids);
});

test('a program that takes too long is ended with all that it started', async () => {
  const fault = await faultOf(
    run({ command: [SHELL, '-c', 'sleep 60 & echo $! >&2; sleep 60'], timeoutMs: 2_000 }),
  );

  expect(fault.code).toBe('INTERNAL');
  expect(fault.message).toContain('did not end within 2000 ms');
  await awaitEnded([Number(fault.message.split(': ').at(-1))]);
});

test('a process that a program leaves behind ends with it', async () => {
  const output = await run({ command: [SHELL, '-c', 'sleep 60 & echo $!'] });

  await awaitEnded([Number(output)]);
});

/** Our own grandchildren of that name; null while there are none. */
async function childrenNamed(name: string): Promise<readonly number[] | null> {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,comm='], { encoding: 'utf8' });
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/));
  const own = rows.filter(([, parent]) => parent === `${process.pid}`).map(([pid]) => pid);
  const found = rows.filter(([, parent, comm]) => comm === name && own.includes(parent));
  return found.length < 2 ? null : found.map(([pid]) => Number(pid));
}
