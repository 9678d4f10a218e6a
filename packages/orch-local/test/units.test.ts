import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MemberRef } from '@firecamp/core';
import { type Containment, probeContainment } from '@firecamp/orch-local';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Machine, rareSeconds, shortName, unit, until } from './machine.ts';

const here = await probeContainment();
const containments: readonly Containment[] =
  here === 'namespace' ? ['namespace', 'tree'] : ['tree'];

const LOG_FILE_BYTES_MAX = 4_096;

describe.each(containments)('units on nodes contained by %s', (containment) => {
  const machine = new Machine({ containment, logFileBytesMax: LOG_FILE_BYTES_MAX, logFilesMax: 2 });
  const { effect, orchestrator } = machine;
  const fresh = (): MemberRef => ({ service: randomUUID(), ordinal: 0 });
  const kinds = (member: MemberRef): readonly string[] =>
    machine
      .notes()
      .filter(({ task }) => task?.startsWith(`${shortName(member)}-`))
      .map(({ kind }) => kind);
  async function stopped(member: MemberRef): Promise<void> {
    await orchestrator.stopUnit(member, { graceMs: 300 }, effect);
    await until('its task has stopped', async () =>
      (await machine.tasks(member)).every(({ state }) => state === 'stopped'),
    );
  }

  beforeAll(() => machine.start());
  afterAll(() => machine[Symbol.asyncDispose]());

  test('a unit runs as one task with what its agent prepared, and nothing else of ours', async () => {
    const member = fresh();
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
    const environment = { WHERE: '${volume.data} ${files} ${secrets} ${address} ${name}' };
    const script = 'echo "$WHERE"; env; echo printed; exec sleep 300';

    await orchestrator.applyUnit(unit(member, script, { program: { environment } }), null, effect);

    const task = await machine.running(member);
    const folder = (kind: string): string => `${machine.folder}/${kind}/${member.service}-0`;
    const where = [folder('volumes'), folder('files'), folder('secrets')].join(' ');
    const lines = await until('it printed', async () => {
      const found = await machine.logs(member);
      return found.includes('printed') ? found : null;
    });
    expect(lines).toContain(`${where} 127.77.0.1 ${member.service}-0`);
    expect(lines).toContain(`FIRECAMP_TASK=${task.id}`);
    expect(lines.filter((line) => /^(VITEST|npm_|USER=)/.test(line))).toEqual([]);
  });

  test('a program that ends is started again as the same task, after its agent was asked', async () => {
    const member = fresh();
    const once = join(machine.folder, `once-${member.service}`);
    const script = `[ -e ${once} ] && exec sleep 300; touch ${once}; exit 3`;

    await orchestrator.applyUnit(unit(member, script), null, effect);

    await until('it runs for the second time', () => kinds(member).length >= 2);
    const task = await machine.running(member);
    await until('it stays', async () => (await machine.running(member)).id === task.id);
    expect(kinds(member)).toEqual(['mount', 'mount']);
  });

  test('a program that keeps ending is started ever more seldom', async () => {
    const member = fresh();
    await orchestrator.applyUnit(
      unit(member, 'read -r seconds _ </proc/uptime; echo "$seconds"; exit 3'),
      null,
      effect,
    );

    const lines = await until('it ran six times', async () => {
      const found = await machine.logs(member);
      return found.length >= 6 ? found.slice(0, 6) : null;
    });

    const pauses = lines.slice(1).map((line, index) => Number(line) - Number(lines[index]));
    // Each doubles the one before, but for what the uptime, of two decimals, leaves out.
    for (const [index, seconds] of pauses.entries()) {
      expect(seconds).toBeGreaterThan(0.05 * 2 ** index - 0.02);
    }
    await stopped(member);
  });

  test('a program that does not listen is killed when its grace is over', async () => {
    const member = fresh();
    const seconds = rareSeconds();
    const script = `trap "" TERM; echo deaf; while :; do sleep ${seconds}; done`;
    await orchestrator.applyUnit(unit(member, script), null, effect);
    await until('it is deaf', async () => (await machine.logs(member)).includes('deaf'));

    await stopped(member);

    expect(machine.count(seconds)).toBe(0);
    await until('its agent was told', () => kinds(member).at(-1) === 'unmount');
    expect(kinds(member)).toEqual(['mount', 'before-stop', 'unmount']);
  });

  test('a second order to end that grants less ends a task that already has to', async () => {
    const member = fresh();
    const script = 'trap "echo asked" TERM; echo deaf; while :; do sleep 0.1; done';
    await orchestrator.applyUnit(unit(member, script), null, effect);
    await until('it is deaf', async () => (await machine.logs(member)).includes('deaf'));
    await orchestrator.stopUnit(member, { graceMs: 3_600_000 }, effect);
    await until('it was asked', async () => (await machine.logs(member)).includes('asked'));

    await stopped(member);

    expect(kinds(member).slice(0, 2)).toEqual(['mount', 'before-stop']);
  });

  test('what left a program by a second fork is gone when its task has stopped', async () => {
    const member = fresh();
    const seconds = rareSeconds();
    const script = `cd "$DATA"; (setsid env -i /bin/sleep ${seconds} &); echo left; exec sleep 300`;
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
    const environment = { DATA: '${volume.data}' };
    await orchestrator.applyUnit(unit(member, script, { program: { environment } }), null, effect);
    await until('it left', () => machine.count(seconds) === 1);
    const { id, node } = await machine.running(member);
    expect(await machine.runtime(node).stopped(id)).toBe(false);

    await stopped(member);

    expect(machine.count(seconds)).toBe(0);
    expect(await machine.runtime(node).stopped(id)).toBe(true);
  });

  test('an order to end takes a task out of its wait for the agent', async () => {
    const member = fresh();
    writeFileSync(join(machine.folder, 'refuse-mount'), 'never');
    await orchestrator.applyUnit(unit(member, 'exec sleep 300'), null, effect);
    const waiting = await until('it says what it waits for', async () => {
      const [task] = await machine.tasks(member);
      return task?.message === 'told to refuse mount' ? task : null;
    });
    expect(waiting.state).toBe('starting');

    await stopped(member);
    rmSync(join(machine.folder, 'refuse-mount'));

    await until('its agent was told', () => kinds(member).includes('unmount'));
    expect(kinds(member)).not.toContain('before-stop');
  });

  test('another digest replaces the task, and only once the old one has stopped', async () => {
    const member = fresh();
    const seconds = rareSeconds();
    const old = unit(member, `exec sleep ${seconds}`);
    const { revision } = await orchestrator.applyUnit(old, null, effect);
    const before = await machine.running(member);

    await orchestrator.applyUnit(unit(member, 'exec sleep 300'), revision, effect);

    const after = await machine.running(member, before.id);
    expect(after.id).not.toBe(before.id);
    expect(machine.count(seconds)).toBe(0);
    await until('both were given up or taken', () => kinds(member).length === 4);
    // The agent brings the last two in order: each comes from a task of its own.
    const [first, second, ...others] = kinds(member);
    expect([first, second]).toEqual(['mount', 'before-stop']);
    expect(others.toSorted()).toEqual(['mount', 'unmount']);
  });

  test('a log keeps its last lines, and no more than it may', async () => {
    const member = fresh();
    const script = 'i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo "line $i"; done; exec sleep 300';
    await orchestrator.applyUnit(unit(member, script), null, effect);

    const lines = await until('all is printed', async () => {
      const found = await machine.logs(member);
      return found.at(-1) === 'line 500' ? found : null;
    });

    const folder = join(machine.folder, 'state', 'logs', 'members', member.service, '0');
    const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size);
    expect(sizes).toHaveLength(2);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(LOG_FILE_BYTES_MAX);
    expect(lines.length).toBeLessThan(500);
    const numbers = lines.map((line) => Number(line.slice('line '.length)));
    expect(numbers).toEqual(numbers.map((_, index) => 501 - numbers.length + index));
  });

  test('a removed unit leaves no process, no file and no log', async () => {
    const member = fresh();
    const seconds = rareSeconds();
    await orchestrator.applyUnit(unit(member, `echo here; exec sleep ${seconds}`), null, effect);
    await until('it printed', async () => (await machine.logs(member)).length === 1);

    await orchestrator.removeUnit(member, effect);

    await until('its tasks are gone', async () => (await machine.tasks(member)).length === 0);
    expect(machine.count(seconds)).toBe(0);
    await until('its log is gone', async () => (await machine.logs(member)).length === 0);
    const units = readdirSync(join(machine.folder, 'state', 'units'));
    expect(units).not.toContain(`${member.service}.0.json`);
  });

  test('an agent that dies is started again, and its members run on', async () => {
    const member = fresh();
    await orchestrator.applyUnit(unit(member, 'exec sleep 300'), null, effect);
    const { id, node } = await machine.running(member);
    const starts = (): number =>
      machine.notes().filter((note) => note.kind === 'up' && note.node === node).length;
    const before = starts();
    const agent = machine
      .processes()
      .find(
        (pid) =>
          machine.argumentsOf(pid)[1]?.endsWith('agent.process.ts') &&
          machine.argumentsOf(pid)[3] === node,
      );

    process.kill(agent ?? 0, 'SIGKILL');

    await until('the agent is back', () => starts() === before + 1);
    expect((await machine.running(member)).id).toBe(id);
    expect(kinds(member)).toEqual(['mount']);
  });
});
