import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterContext, MemberRef } from '@firecamp/core';
import { localProcesses } from '@firecamp/orch-local';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { context, Machine, rareSeconds, unit, until } from './machine.ts';

let machine: Machine;

beforeEach(() => {
  machine = new Machine();
});

afterEach(() => machine[Symbol.asyncDispose]());

const fresh = (): MemberRef => ({ service: randomUUID(), ordinal: 0 });

async function exit(host: { exitCode: number | null }): Promise<number> {
  return await until('it ends', () => host.exitCode);
}

test('nodes and members run on without their engine, and the next one finds them again', async () => {
  await machine.start();
  const { orchestrator, effect, nodes } = machine;
  const member = fresh();
  const seconds = rareSeconds();
  await orchestrator.applyUnit(unit(member, `exec sleep ${seconds}`), null, effect);
  const task = await machine.running(member);
  await until('its program sleeps', () => machine.count(seconds) === 1);
  const before = await nodes.list();

  await machine.stop('SIGKILL');
  expect(machine.count(seconds)).toBe(1);
  await machine.start();

  expect((await machine.running(member)).id).toBe(task.id);
  expect((await nodes.list()).map(({ boot }) => boot)).toEqual(before.map(({ boot }) => boot));
  expect(machine.count(seconds)).toBe(1);
  await orchestrator.stopUnit(member, { graceMs: 100 }, effect);
  await until('its program has ended', () => machine.count(seconds) === 0);
});

test('a node that ended while no engine ran is not taken for alive', async () => {
  await machine.start();
  const { orchestrator, effect, nodes } = machine;
  const member = fresh();
  const seconds = rareSeconds();
  await orchestrator.applyUnit(unit(member, `exec sleep ${seconds}`), null, effect);
  const task = await machine.running(member);
  const boot = (await nodes.list()).find(({ id }) => id === task.node)?.boot;

  await machine.stop('SIGKILL');
  // Its first process takes all others of its namespace with it, in an order of their own.
  await until('all of the node has ended', () => machine.killWith(`/${task.node}/`) === 0);
  await machine.start();

  const next = await machine.running(member, task.id);
  expect(next.id).not.toBe(task.id);
  await until('one program is left', () => machine.count(seconds) === 1);
  expect((await machine.node(task.node, 'ready')).boot).not.toBe(boot);
});

test('a boot that was begun and never recorded is ended before another begins', async () => {
  await machine.start();
  const path = join(machine.folder, 'state', 'nodes', 'node-a.json');
  await machine.stop('SIGKILL');
  const record = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...record, current: { ...record.current, root: null } }));

  await machine.start();

  const { boot } = await machine.node('node-a', 'ready');
  expect(boot).not.toBe(record.current.boot);
  const runtimes = machine
    .processes()
    .filter((pid) => machine.argumentsOf(pid)[1]?.endsWith('node-main.js'))
    .filter((pid) => machine.argumentsOf(pid)[2]?.includes('/node-a/'));
  expect(runtimes).toHaveLength(1);
});

test.each([
  ['another boot of the machine', { machineBoot: '00000000-0000-0000-0000-000000000000' }],
  ['another start', { startTicks: 1 }],
])('a process of the number that a node had, but of %s, is left alone', async (_what, other) => {
  await machine.start();
  const path = join(machine.folder, 'state', 'nodes', 'node-a.json');
  await machine.stop('SIGKILL');
  await until('all of the node has ended', () => machine.killWith('/node-a/') === 0);
  const seconds = rareSeconds();
  // Of a session of its own, as most that could have got the number are.
  const stranger = spawn('sleep', [seconds], { stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => stranger.once('exit', resolve));
  const record = JSON.parse(readFileSync(path, 'utf8'));
  const { boot, root } = record.current;
  const same = { ...root, pid: stranger.pid, ...other };
  writeFileSync(path, JSON.stringify({ ...record, current: { boot, root: same } }));

  await machine.start();

  expect((await machine.node('node-a', 'ready')).boot).not.toBe(boot);
  expect(machine.pidsOf(seconds)).toEqual([stranger.pid]);
  stranger.kill();
  await ended;
});

test('an engine that is told to end gives all members up in order and leaves nothing', async () => {
  await machine.start();
  const { orchestrator, effect } = machine;
  const member = fresh();
  const seconds = rareSeconds();
  const script = `trap 'echo bye; exit 0' TERM; while :; do sleep ${seconds} & wait; done`;
  await orchestrator.applyUnit(unit(member, script), null, effect);
  await machine.running(member);
  await until('its program sleeps', () => machine.count(seconds) === 1);

  await machine.stop('SIGTERM');

  expect(machine.output).toBe('');
  expect(machine.processes()).toEqual([]);
  expect(machine.count(seconds)).toBe(0);
  const kinds = machine.notes().map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind !== 'up')).toEqual(['mount', 'before-stop', 'unmount']);
  await machine.start();
  await machine.running(member);
  expect(await machine.logs(member)).toContain('bye');
});

/** An engine in this process. */
async function serve(signal: AbortSignal, more: Partial<AdapterContext> = {}): Promise<void> {
  const options = localProcesses.parse(machine.options);
  await localProcesses.host?.(options, { ...context(null), ...more }).run(signal);
}

test('an engine that is told to end before it begins ends what another left, in order', async () => {
  await machine.start();
  const { orchestrator, effect } = machine;
  const member = fresh();
  const seconds = rareSeconds();
  const script = `trap 'exit 0' TERM; while :; do sleep ${seconds} & wait; done`;
  await orchestrator.applyUnit(unit(member, script), null, effect);
  await machine.running(member);
  const boots = () => machine.notes().filter(({ kind }) => kind === 'up');
  await until('the agents of all nodes are up', () => boots().length === 3);
  await machine.stop('SIGKILL');
  expect(machine.processes()).not.toEqual([]);

  await serve(AbortSignal.abort());

  expect(machine.processes()).toEqual([]);
  expect(machine.count(seconds)).toBe(0);
  const kinds = machine.notes().map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind !== 'up')).toEqual(['mount', 'before-stop', 'unmount']);
  expect(boots()).toHaveLength(3);
});

test('a node that boots at the moment when its engine is told to end is ended with it', async () => {
  const end = new AbortController();
  const { random } = context(null);
  const id = (): string => {
    end.abort();
    return random.id();
  };

  await serve(end.signal, { random: { ...random, id } });

  expect(machine.processes()).toEqual([]);
});

test('a second engine of the same folder is refused and disturbs nothing', async () => {
  await machine.start();
  const before = await machine.nodes.list();
  const first = machine.pid;

  const second = await machine.launch();

  expect(await exit(second)).not.toBe(0);
  expect(machine.output).toMatch(/another engine runs there/);
  expect(await machine.nodes.list()).toEqual(before);
  process.kill(first, 'SIGTERM');
  await until('the first has ended', () => machine.processes().length === 0);
});

test('a damaged file stops the engine, which names it and touches nothing', async () => {
  await machine.start();
  const { orchestrator, effect } = machine;
  const member = fresh();
  await orchestrator.applyUnit(unit(member, 'exec sleep 300'), null, effect);
  await machine.running(member);
  await machine.stop('SIGKILL');
  const folder = join(machine.folder, 'state', 'units');
  const [name = ''] = readdirSync(folder);
  const good = readFileSync(join(folder, name), 'utf8');
  const runtimes = machine.processes().length;

  for (const bad of ['{"schema":1', '{"schema":1,"spec":{}}', '{"schema":99}']) {
    writeFileSync(join(folder, name), bad);
    expect(await exit(await machine.launch())).not.toBe(0);
    expect(readFileSync(join(folder, name), 'utf8')).toBe(bad);
  }

  expect(machine.output).toContain(name);
  expect(machine.output).toMatch(/newer version \(schema 99\)/);
  expect(machine.processes()).toHaveLength(runtimes);
  writeFileSync(join(folder, name), good);
  await machine.start();
  await machine.running(member);
});

test('a program beside the nodes is started again, and one of a killed engine is ended', async () => {
  const seconds = rareSeconds();
  machine.options['programs'] = { manager: { command: ['sleep', seconds] } };
  machine.options['nodes'] = [{ id: 'node-a', zone: 'zone-a' }];
  await machine.start();
  await until('it runs', () => machine.count(seconds) === 1);
  const [first = 0] = machine.pidsOf(seconds);

  process.kill(first, 'SIGKILL');
  const second = await until('it runs again', () =>
    machine.pidsOf(seconds).find((pid) => pid !== first),
  );
  await machine.stop('SIGKILL');
  expect(machine.pidsOf(seconds)).toEqual([second]);
  await machine.start();

  const third = await until('another runs', () =>
    machine.pidsOf(seconds).find((pid) => pid !== second),
  );
  await until('the old one is gone', () => machine.count(seconds) === 1);
  expect(machine.pidsOf(seconds)).toEqual([third]);
});

test('whoever follows a log misses no line, however often it is put aside meanwhile', async () => {
  const options = { logFileBytesMax: 4_096, logFilesMax: 100 };
  Object.assign(machine.options, { ...options, nodes: [{ id: 'node-a', zone: 'zone-a' }] });
  await machine.start();
  const { orchestrator, effect, folder } = machine;
  const member = fresh();
  const go = join(folder, 'go');
  const burst = 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo "line $i"; done';
  const script = `echo first; until [ -e ${go} ]; do sleep 0.1; done; ${burst}; exec sleep 300`;
  await orchestrator.applyUnit(unit(member, script), null, effect);
  await until('it printed', async () => (await machine.logs(member)).length === 1);
  const end = new AbortController();
  const texts: string[] = [];

  for await (const { text } of orchestrator.logs(member, { follow: true, signal: end.signal })) {
    texts.push(text);
    if (text === 'first') writeFileSync(go, '');
    if (text === 'line 2000') break;
  }
  end.abort();

  const all = Array.from({ length: 2_000 }, (_, index) => `line ${index + 1}`);
  expect(texts).toEqual(['first', ...all]);
});
