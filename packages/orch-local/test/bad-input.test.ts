import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { localProcesses } from '@firecamp/orch-local';
import { callRpc } from '@firecamp/wire';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Machine, unit } from './machine.ts';

const machine = new Machine({ nodes: [{ id: 'node-a', zone: 'zone-a' }], gateNetwork: 151 });
const { effect, orchestrator } = machine;
const CALL_MS_MAX = 30_000;
const member = { service: randomUUID(), ordinal: 0 };
const good = unit(member, 'exec sleep 300');

beforeAll(() => machine.start());
afterAll(() => machine[Symbol.asyncDispose]());

const codeOf = (error: unknown): string =>
  FireCampError.is(error) ? error.code : `not ours: ${String(error)}`;

/** Asks the engine as nothing of ours would, past all that its client checks. */
async function ask(method: string, input: unknown): Promise<string> {
  const socket = join(machine.folder, 'state', 'run', 'engine.sock');
  const target = { socket, method, timeoutMs: CALL_MS_MAX, effect: true };
  return await callRpc(target, input).then(() => 'done', codeOf);
}

const NAMES = [
  ...['', '.', '..', '../x', 'a/b', '/a', 'a\0b', 'a\nb', '$(id)', '`id`', '; rm', '-a', 'a-', 'A'],
  ...['%2e%2e%2f', 'p\u043e', '\u202ea', '\u{1f525}', '*', 'a b', 'x'.repeat(200)],
];
/** Written out, it would look like a mistake of this file. */
const hole = (rest: string): string => `$\{${rest}`;
const COUNTS = [-1, 1.5, 1e9, 2 ** 53, '3', true, [], {}];

describe('a unit is refused, by the client and by the engine alike,', () => {
  const program = good.program;
  const port = { name: 'main', port: 1, protocol: 'tcp' };
  const bad: readonly (readonly [what: string, change: object])[] = [
    ...NAMES.map((name) => [`called ${JSON.stringify(name).slice(0, 40)}`, { name }] as const),
    ...['', '..', '../x', 'a/b', 'A', 'x'.repeat(37), '__proto__', 7].map(
      (service) => [`of the service ${service}`, { member: { service, ordinal: 0 } }] as const,
    ),
    ...[...COUNTS, 10_000, null].map(
      (ordinal) =>
        [`of the ordinal ${JSON.stringify(ordinal)}`, { member: { ...member, ordinal } }] as const,
    ),
    ...[...COUNTS, 0, 65_536, null].map(
      (number) =>
        [`at the port ${JSON.stringify(number)}`, { ports: [{ ...port, port: number }] }] as const,
    ),
    ...[[], [''], 'sleep 1', [7], ['a\0b'], [hole('nothing}')], [hole('address')], null].map(
      (command) =>
        [
          `with the command ${JSON.stringify(command)}`,
          { program: { ...program, command } },
        ] as const,
    ),
    ...[
      { 'A B': '' },
      { 'A=B': '' },
      { '': '' },
      { A: 7 },
      { A: 'a\0b' },
      { A: hole('x}') },
      [],
    ].map(
      (environment) =>
        [
          `with the environment ${JSON.stringify(environment)}`,
          { program: { ...program, environment } },
        ] as const,
    ),
    ['with an image', { program: { ...program, image: 'a:1' } }],
    ['with a signal that cannot be caught', { program: { ...program, stopSignal: 'SIGKILL' } }],
    ['of another cluster', { cluster: 'other' }],
    ['without a program', { program: undefined }],
    ['with 1000 volumes', { volumes: Array.from({ length: 1000 }, () => good.volumes[0]) }],
  ];

  test.each(bad)('%s', async (_, change) => {
    const spec = { ...good, ...change } as typeof good;

    const asked = await ask('apply-unit', { spec, expects: null });
    const called = await orchestrator.applyUnit(spec, null, effect).then(() => 'done', codeOf);

    expect(asked).toBe('INVALID_ARGUMENT');
    // What its types exclude already is a mistake of the caller's, and not told by a code.
    expect(called).not.toBe('done');
    expect(readdirSync(join(machine.folder, 'state', 'units'))).toEqual([]);
  });
});

describe('the engine refuses', () => {
  const inputs: readonly unknown[] = [
    null,
    [],
    7,
    'x',
    {},
    { node: 7 },
    { member: null },
    { id: [] },
  ];
  const methods = ['apply-unit', 'start-unit', 'stop-unit', 'remove-unit', 'units', 'tasks'];
  const more = [
    'run-job',
    'job',
    'remove-job',
    'start-node',
    'kill-node',
    'pause-node',
    'cut-node',
  ];

  test.each([...methods, ...more, 'drain-node', 'end-boot', 'logs'])(
    'whatever is no input of %s',
    async (method) => {
      for (const input of inputs) {
        expect([input, await ask(method, input)]).toEqual([input, 'INVALID_ARGUMENT']);
      }
    },
  );

  test.each(NAMES)('a job called %j', async (id) => {
    const { program } = good;
    const spec = { id, cluster: 'test', program, zone: null, node: null, timeoutMs: 1_000 };

    expect(await ask('run-job', { spec })).toBe('INVALID_ARGUMENT');
    expect(readdirSync(join(machine.folder, 'state', 'jobs'))).toEqual([]);
  });

  test.each(NAMES)('a node called %j', async (node) => {
    for (const method of ['start-node', 'kill-node', 'pause-node', 'resume-node']) {
      expect([method, await ask(method, { node })]).toEqual([method, 'NOT_FOUND']);
    }
    expect(await ask('cut-node', { node: 'node-a', from: [node] })).toBe('INVALID_ARGUMENT');
  });

  test('a boot that it does not know, and ends nothing', async () => {
    const before = await machine.nodes.list();

    expect(await ask('end-boot', { node: 'node-a', boot: 'x' })).toBe('FAILED_PRECONDITION');

    expect(await machine.nodes.list()).toEqual(before);
  });
});

test.each([
  [null, ''],
  [[], ''],
  [{}, 'state'],
  [{ state: 'relative' }, 'state'],
  [{ nodes: [] }, 'nodes'],
  [{ nodes: Array.from({ length: 101 }, (_, n) => ({ id: `n${n}`, zone: 'z' })) }, 'nodes'],
  [{ nodes: [{ id: '../a', zone: 'z' }] }, 'nodes.0.id'],
  [{ nodes: [{ id: 'a', zone: 'z', cpu: 1 }] }, 'nodes.0'],
  [
    {
      nodes: [
        { id: 'a', zone: 'z' },
        { id: 'a', zone: 'y' },
      ],
    },
    'nodes',
  ],
  [{ agent: { command: [] } }, 'agent.command'],
  [{ gates: { dns: { host: 'localhost', port: 53 } } }, 'gates.dns.host'],
  [{ gates: { dns: { host: '127.0.0.1', port: 65_536 } } }, 'gates.dns.port'],
  [{ gates: { '../x': { socket: '/s' } } }, 'gates.../x'],
  [{ gateNetwork: 0 }, 'gateNetwork'],
  [{ gateNetwork: 156 }, 'gateNetwork'],
  [{ gateNetwork: '100' }, 'gateNetwork'],
  [{ containment: 'vm' }, 'containment'],
  [{ unreachableAfterMs: 999 }, 'unreachableAfterMs'],
  [{ logFileBytesMax: 2 ** 31 }, 'logFileBytesMax'],
  [{ logFilesMax: 1 }, 'logFilesMax'],
  [{ nodez: [] }, ''],
])('the options %j are refused at the key %j', (change, key) => {
  const base = { state: '/s', nodes: [{ id: 'a', zone: 'z' }] };
  const isChange = typeof change === 'object' && change !== null && Object.keys(change).length > 0;
  const options = isChange && !Array.isArray(change) ? { ...base, ...change } : change;

  expect(() => localProcesses.parse(options)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', subject: { key } }),
  );
});
