import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { all, clock, create, failure, folder, openAt, PARTS, update } from './machine.ts';

const PROGRAMS = import.meta.dirname;
const NOBODY = 65_534;

type Program = ChildProcessByStdio<Writable, Readable, null>;

interface Running extends AsyncDisposable {
  readonly child: Program;
  readonly lines: AsyncIterator<string>;
}

/** Starts a program that is ended with the test, however the test ends. */
function run(command: readonly [string, ...string[]]): Running {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  return {
    child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await exit;
      }
    },
  };
}

function runProgram(name: string, ...args: string[]): Running {
  return run([process.execPath, join(PROGRAMS, name), ...args]);
}

async function rest(running: Running): Promise<readonly string[]> {
  return all({ [Symbol.asyncIterator]: () => running.lines });
}

test('4 programs make one file at once, add 1000 each to one record, and the sum is exact', async () => {
  await using home = await folder();
  const file = join(home.path, 'new', 'a.db');

  const programs = [1, 2, 3, 4].map(() => runProgram('increment.process.ts', file, '1000'));
  const outputs = await Promise.all(programs.map(rest));

  expect(outputs.map((lines) => lines.length)).toEqual([1, 1, 1, 1]);
  await using database = openAt(file);
  expect((await database.get('things', 'sum'))?.value).toBe(4000);
});

describe('a program in the middle of a transaction', () => {
  test('that stands still keeps others from writing, with a clear error, but not from reading', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using database = openAt(file);
    const [made] = await database.write([create('a', 'whole')]);
    await using holder = runProgram('hold.process.ts', file);
    await holder.lines.next();
    holder.child.kill('SIGSTOP');

    const error = await failure(database.write([update('a', 'other', made?.revision ?? '')]));
    const read = await database.get('things', 'a');

    expect(error).toMatchObject({ code: 'UNAVAILABLE' });
    expect(read).toEqual(made);
  });

  test('that is killed leaves nothing half done and nothing locked', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using database = openAt(file);
    const [made] = await database.write([create('a', 'whole')]);
    await using holder = runProgram('hold.process.ts', file);
    await holder.lines.next();

    const writing = database.write([update('a', 'other', made?.revision ?? '')]);
    holder.child.kill('SIGKILL');

    expect((await writing)[0]?.value).toBe('other');
  });

  test('does not block the loop of one that waits for it', async () => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using database = openAt(file);
    await database.write([create('a', 1)]);
    await using holder = runProgram('hold.process.ts', file);
    await holder.lines.next();
    let turns = 0;
    const turning = setInterval(() => turns++, 1);

    await failure(database.write([create('b', 1)]));
    clearInterval(turning);

    expect(turns).toBeGreaterThan(20);
  });
});

/** Each group that was acknowledged is there, and of no group only a part. */
async function expectWhole(file: string, acknowledged: readonly number[]): Promise<void> {
  await using database = openAt(file);
  const parts = new Map<number, number>();
  for (const { id } of await all(database.list('things'))) {
    const group = Number(id.split('/')[0]);
    parts.set(group, (parts.get(group) ?? 0) + 1);
  }
  expect([...parts.keys()]).toEqual(expect.arrayContaining([...acknowledged]));
  expect(new Set(parts.values())).toEqual(new Set([PARTS]));
  await database.write([create('after', 1)]);
}

test.each([10, 40, 70])(
  'what was acknowledged is there after kill -9 of its writer, at %d and on, and nothing by halves',
  async (enough) => {
    await using home = await folder();
    const file = join(home.path, 'a.db');
    await using writer = runProgram('append.process.ts', file, 'x');
    const acknowledged: number[] = [];
    while (acknowledged.length < enough) {
      acknowledged.push(Number((await writer.lines.next()).value));
    }

    // At any point of what it does next.
    await clock.sleep(Math.random() * 10);
    writer.child.kill('SIGKILL');
    acknowledged.push(...(await rest(writer)).map(Number));

    await expectWhole(file, acknowledged);
  },
);

test('a disk that takes no more ends in a clear error, with all that was acknowledged', async () => {
  await using home = await folder();
  const file = join(home.path, 'a.db');
  // A limit on the size of files stands for a full disk, which only root could make.
  const shell = 'ulimit -f 2048; exec "$@"';
  const program = join(PROGRAMS, 'append.process.ts');
  await using writer = run(['/bin/sh', '-c', shell, 'sh', process.execPath, program, file, 'xyz']);

  const lines = await rest(writer);
  const last = JSON.parse(lines.at(-1) ?? '{}');

  expect(last).toMatchObject({ code: 'EXHAUSTED' });
  expect(last.message).toContain('nothing of this call was written');
  expect(lines.length).toBeGreaterThan(10);
  await expectWhole(file, lines.slice(0, -1).map(Number));
});

test('a folder that may not be written to ends in a clear error, and nothing is made', async () => {
  await using home = await folder();
  const closed = join(home.path, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o555);
  await chmod(home.path, 0o755);
  // Root may write everywhere, so as root the program steps down.
  const user = process.getuid?.() === 0 ? String(NOBODY) : '';
  await using writer = runProgram('append.process.ts', join(closed, 'a.db'), 'x', user);

  const lines = await rest(writer);

  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '{}')).toMatchObject({ code: 'PERMISSION_DENIED' });
  await expect(stat(join(closed, 'a.db'))).rejects.toMatchObject({ code: 'ENOENT' });
});
