import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BASE_ENVIRONMENT,
  type ContainedProcess,
  type Containment,
  killTree,
  orphansUsing,
  pauseTree,
  probeContainment,
  resumeTree,
  startContained,
} from '@firecamp/orch-local';
import { usersOf } from '@firecamp/storage-local';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const POLL_MS = 10;
const WAIT_MS_MAX = 30_000;

type Looked<T> = T | null | false | undefined;

async function until<T>(what: string, look: () => Looked<T> | Promise<Looked<T>>): Promise<T> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== null && found !== false && found !== undefined) return found;
    if (performance.now() > endMs) throw new Error(`not within ${WAIT_MS_MAX} ms: ${what}`);
    await delay(POLL_MS);
  }
}

/** Those that certainly use it: others that may not be looked into are no concern of ours. */
async function usersIn(folder: string): Promise<readonly number[]> {
  const users = await usersOf(folder, { startedSince: Number.MAX_SAFE_INTEGER });
  return users.map(({ pid }) => pid);
}

/** Leaves by a second fork into a session of its own, with nothing in its environment. */
const LEAVES = '(setsid env -i /bin/sleep 300 &) ; sleep 0.3; exec /bin/sleep 301';

const here = await probeContainment();
const containments: readonly Containment[] =
  here === 'namespace' ? ['namespace', 'tree'] : ['tree'];

describe.each(containments)('a program contained by %s', (containment) => {
  let folder = '';
  let started: ContainedProcess[] = [];

  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'fc-tree-')));
    started = [];
  });

  afterEach(async () => {
    for (const { tree } of started) await killTree(tree);
    rmSync(folder, { recursive: true });
  });

  function start(script: string): ContainedProcess {
    const process = startContained({
      containment,
      command: ['sh', '-c', script],
      environment: BASE_ENVIRONMENT,
      marker: { name: 'FIRECAMP_TEST', value: folder },
      others: (younger) => orphansUsing(folder, younger),
      runAs: null,
      stdio: 'ignore',
    });
    started.push(process);
    return process;
  }

  test('is gone with all that left it once it was killed', async () => {
    const { tree } = start(LEAVES);
    const sleeping = () => tree.processes().filter(({ state }) => state === 'S').length;
    await until('the second sleeper left', () => sleeping() >= (containment === 'tree' ? 2 : 4));

    await killTree(tree);

    expect(tree.processes()).toEqual([]);
  });

  test('is found by what it has open when it hides everything else', async () => {
    const { tree } = start(
      `(setsid env -i /bin/sh -c 'cd ${folder}; exec /bin/sleep 300' &) ; exit 0`,
    );
    if (containment === 'tree') {
      const user = await until('it moved in', async () => (await usersIn(folder))[0]);
      const others = () => tree.processes().filter(({ pid }) => pid !== user).length;
      await until('whoever started it has ended', () => others() === 0);
      expect(tree.processes().map(({ pid }) => pid)).toEqual([user]);
    }

    await killTree(tree);

    expect(await usersIn(folder)).toEqual([]);
  });

  test('stands still while it is paused and dies while it is paused', async () => {
    const { tree } = start('while :; do sleep 0.01; done');
    await until('it runs', () => tree.processes().length > 0);

    await pauseTree(tree);
    const states = tree.processes().map(({ state }) => state);
    expect(states).toContain('T');
    expect(states.filter((state) => state !== 'T' && state !== 'D')).toEqual([]);
    await resumeTree(tree);
    expect(tree.processes().map(({ state }) => state)).not.toContain('T');
    await pauseTree(tree);
    await killTree(tree);

    expect(tree.processes()).toEqual([]);
  });

  test('takes signals as it would anywhere else, and tells how it ended', async () => {
    const killed = start('exec /bin/sleep 300');
    const program = await until('it runs', killed.program);
    process.kill(program.pid, 'SIGTERM');
    expect(await killed.ended).toMatchObject({ exitCode: null });

    const left = start('exit 7');
    expect(await left.ended).toEqual({ exitCode: 7, signal: null });
    expect(left.program()).toBeNull();
  });

  test('does not start by a word that only a shell knows', () => {
    expect(() =>
      startContained({
        containment,
        command: ['eval', 'sleep 300'],
        environment: BASE_ENVIRONMENT,
        marker: { name: 'FIRECAMP_TEST', value: folder },
        runAs: null,
        stdio: 'ignore',
      }),
    ).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
