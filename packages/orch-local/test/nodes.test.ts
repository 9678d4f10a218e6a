import { randomUUID } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { createServer, request } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import type { MemberRef } from '@firecamp/core';
import { type Containment, probeContainment } from '@firecamp/orch-local';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, Machine, rareSeconds, unit, until } from './machine.ts';

const here = await probeContainment();
const port = await freePort();
const containments: readonly Containment[] =
  here === 'namespace' ? ['namespace', 'tree'] : ['tree'];

/** Long enough to show that nothing comes. */
const NEVER_MS = 1_000;

describe.each(containments)('nodes contained by %s', (containment) => {
  const machine = new Machine({ containment });
  const { effect, orchestrator, nodes } = machine;
  const served = createServer((_request, response) => response.end('here'));
  const database = join(machine.folder, 'database.sock');
  const names = { udp: createSocket('udp4'), tcp: createTcpServer((from) => from.end('here')) };
  names.udp.on('message', (_question, from) => names.udp.send('here', from.port, from.address));
  machine.options['gates'] = { database: { socket: database }, dns: { host: '127.0.0.1', port } };
  machine.options['gateNetwork'] = 110;

  beforeAll(async () => {
    await new Promise<void>((resolve) => served.listen(database, resolve));
    await new Promise<void>((resolve) => names.udp.bind(port, '127.0.0.1', resolve));
    await new Promise<void>((resolve) => names.tcp.listen(port, '127.0.0.1', resolve));
    await machine.start();
  });
  afterAll(async () => {
    await machine[Symbol.asyncDispose]();
    await new Promise((resolve) => served.close(resolve));
    await new Promise<void>((resolve) => names.udp.close(resolve));
    await new Promise((resolve) => names.tcp.close(resolve));
  });

  /** A member that runs, with something that only its program has among its arguments. */
  async function start(more: Parameters<typeof unit>[2] = {}) {
    const member: MemberRef = { service: randomUUID(), ordinal: 0 };
    const seconds = rareSeconds();
    const script = `trap 'exit 0' TERM; while :; do sleep ${seconds} & wait; done`;
    await orchestrator.applyUnit(unit(member, script, more), null, effect);
    const task = await machine.running(member);
    await until('its program sleeps', () => machine.count(seconds) === 1);
    return { member, seconds, task };
  }

  /** What the database behind the node's gate answers, or `nothing` for as long as one may wait. */
  function askThroughGate(node: string): Promise<string> {
    const socketPath = join(machine.folder, 'state', 'run', node, 'database.sock');
    return new Promise((resolve) => {
      const asked = request({ socketPath, agent: false, timeout: NEVER_MS }, (response) => {
        response.setEncoding('utf8').once('data', resolve);
      });
      asked.once('timeout', () => asked.destroy());
      asked.once('error', () => resolve('nothing'));
      asked.end();
    });
  }

  async function answersThroughGate(node: string): Promise<void> {
    await until('the database answers', async () => (await askThroughGate(node)) === 'here');
  }

  test('a killed node is gone with all of it at once, and its member runs elsewhere', async () => {
    const { member, seconds, task } = await start();
    const before = await machine.node(task.node, 'ready');

    await nodes.kill(task.node);

    // The copy on the next node may be there already, but nothing of the old node is.
    const next = await machine.running(member, task.id);
    expect(next.node).not.toBe(task.node);
    await until('one program is left', () => machine.count(seconds) === 1);
    await machine.node(task.node, 'gone');
    await nodes.start(task.node);
    const after = await machine.node(task.node, 'ready');
    expect(after.boot).not.toBe(before.boot);
    expect((await machine.running(member)).id).toBe(next.id);
  });

  test('a node whose runtime is killed comes back by itself, as another boot', async () => {
    const { member, seconds, task } = await start();
    const before = await machine.node(task.node, 'ready');
    const runtime = machine
      .processes()
      .find(
        (pid) =>
          machine.argumentsOf(pid).at(-2)?.endsWith(`/${task.node}/config.json`) &&
          machine.argumentsOf(pid)[1]?.endsWith('node-main.js'),
      );

    process.kill(runtime ?? 0, 'SIGKILL');

    await machine.running(member, task.id);
    await until('one program is left', () => machine.count(seconds) === 1);
    const after = await until('it is back', async () => {
      const node = await machine.node(task.node, 'ready');
      return node.boot === before.boot ? null : node;
    });
    expect(after.boot).not.toBe(before.boot);
  });

  test('a paused node is unreachable, and when it goes on its superseded task is told to end', async () => {
    const { member, seconds, task } = await start();

    await nodes.pause(task.node);
    await machine.node(task.node, 'unreachable');
    const next = await machine.running(member, task.id);
    expect(next.node).not.toBe(task.node);
    const tasks = await machine.tasks(member);
    expect(tasks.find(({ id }) => id === task.id)?.state).toBe('unknown');
    await until('both programs are there', () => machine.count(seconds) === 2);
    const paused = (await nodes.list()).filter((node) => node.paused).map(({ id }) => id);
    expect(paused).toEqual([task.node]);

    await nodes.resume(task.node);

    await until('one program is left', () => machine.count(seconds) === 1);
    expect((await machine.running(member)).id).toBe(next.id);
    await machine.node(task.node, 'ready');
  });

  test('what was done to a node is known at once, and forgotten when it is undone', async () => {
    const message = async () => {
      for await (const { id, message: said } of orchestrator.nodes()) {
        if (id === 'node-c') return said;
      }
      return 'there is no such node';
    };
    expect(await message()).toBeUndefined();

    await nodes.pause('node-c');
    expect(await message()).toBe('paused');
    await nodes.cut('node-c', ['database', 'dns']);
    expect(await message()).toBe('paused; cut off from database, dns');
    await nodes.resume('node-c');
    expect(await message()).toBe('cut off from database, dns');
    await nodes.cut('node-c', []);
    expect(await message()).toBeUndefined();
    await machine.node('node-c', 'ready');
  });

  test('a paused node can be killed', async () => {
    const { seconds, task } = await start({ node: 'node-b' });
    await nodes.pause(task.node);

    await nodes.kill(task.node);

    expect(machine.count(seconds)).toBe(0);
    await nodes.start(task.node);
    await machine.node(task.node, 'ready');
  });

  test('a node that is cut off from the database hears nothing of it, until it is healed', async () => {
    await answersThroughGate('node-a');
    await nodes.cut('node-a', ['database']);

    expect(await askThroughGate('node-a')).toBe('nothing');
    await answersThroughGate('node-b');
    await machine.node('node-a', 'ready');

    await nodes.cut('node-a', []);
    await answersThroughGate('node-a');
  });

  /** What the name server behind the gate of the first node answers, by UDP and by TCP. */
  async function askNames(): Promise<readonly string[]> {
    const host = `127.${machine.options['gateNetwork']}.0.1`;
    const near = createSocket('udp4');
    const byUdp = new Promise<string>((resolve) => {
      setTimeout(() => resolve('nothing'), NEVER_MS);
      near.once('message', (answer) => resolve(answer.toString()));
    });
    near.send('?', port, host);
    const socket = connect({ host, port });
    socket.on('error', () => {});
    const byTcp = new Promise<string>((resolve) => {
      setTimeout(() => resolve('nothing'), NEVER_MS);
      socket.once('data', (answer) => resolve(answer.toString()));
    });
    const answers = await Promise.all([byUdp, byTcp]);
    near.close();
    socket.destroy();
    return answers;
  }

  async function namesAnswer(): Promise<void> {
    await until('names answer', async () => (await askNames()).every((said) => said === 'here'));
  }

  test('names are asked through a gate as well, by UDP and by TCP', async () => {
    await namesAnswer();
    await nodes.cut('node-a', ['dns']);

    expect(await askNames()).toEqual(['nothing', 'nothing']);
    await answersThroughGate('node-a');

    await nodes.cut('node-a', []);
    await namesAnswer();
  });

  test('a node that is cut off from the engine runs on, and is not told to end it', async () => {
    const { member, seconds, task } = await start();

    await nodes.cut(task.node, ['engine']);
    await machine.node(task.node, 'unreachable');
    const next = await machine.running(member, task.id);
    await until('both run', () => machine.count(seconds) === 2);

    await nodes.cut(task.node, []);
    await until('one program is left', () => machine.count(seconds) === 1);
    expect((await machine.running(member)).id).toBe(next.id);
  });

  test('an unknown gate and an unknown node are refused by name', async () => {
    await expect(nodes.cut('node-a', ['door'])).rejects.toThrow(/engine, peers, database, dns/);
    await expect(nodes.kill('node-x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('members of one service are kept on different nodes', async () => {
    const service = randomUUID();
    for (const ordinal of [0, 1, 2]) {
      const spec = unit({ service, ordinal }, 'exec sleep 300');
      await orchestrator.applyUnit(spec, null, effect);
    }

    const used = new Set<string>();
    for (const ordinal of [0, 1, 2]) used.add((await machine.running({ service, ordinal })).node);

    expect(used.size).toBe(3);
  });

  test('a unit that no node can take says why', async () => {
    const member = { service: randomUUID(), ordinal: 0 };

    await orchestrator.applyUnit(unit(member, 'exec sleep 300', { zone: 'zone-x' }), null, effect);

    const waiting = await until('it says why', async () => {
      const [task] = await machine.tasks(member);
      return task?.message === '' ? null : task;
    });
    expect(waiting).toMatchObject({ state: 'pending', node: null });
    expect(waiting.message).toMatch(/zone-x/);
  });
});
