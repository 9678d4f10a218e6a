import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { COMMANDS } from '../../packages/cli/dist/index.js';
import { ERROR_SHAPE, JSON_SHAPES } from './support/json-shapes.ts';
import { shapeFaults } from './support/shape.ts';
import { TestCluster, until } from './support/test-cluster.ts';

/** These run until they are interrupted, and print no answer. */
const PROGRAMS = ['serve', 'host', 'agent'];

const SPEC = `command: [/bin/sh, -c, 'echo here; exec sleep 1000000']
volumes: [{ role: data, sizeBytes: 16MiB }]
`;

const cluster = new TestCluster();

afterAll(() => cluster[Symbol.asyncDispose]());

/** The command lines, in an order in which each finds what it needs. */
const LINES: readonly (readonly [called: string, line: string])[] = [
  ['--version', '--version'],
  ['init', 'init --name e2e --nodes 2'],
  ['up', 'up'],
  ['create', 'create custom web --spec spec.yaml'],
  ['create', 'create postgresql pg --members 1'],
  ['list', 'list'],
  ['status', 'status pg'],
  ['logs', 'logs web'],
  ['explain a member', 'explain web-0'],
  ['explain a service', 'explain web'],
  ['connect', 'connect pg --passfile pg.pass'],
  ['connect --reveal', 'connect pg --reveal'],
  ['dns', 'dns pg-0'],
  ['adapters', 'adapters'],
  ['conformance', 'conformance names'],
  ['volumes list', 'volumes list'],
  ['restart', 'restart web'],
  ['stop', 'stop web'],
  ['status', 'status web'],
  ['start', 'start web'],
  ['operations list', 'operations list'],
  ['operations show', 'operations show OPERATION'],
  ['operations cancel', 'operations cancel OPERATION'],
  ['operations resume', 'operations resume OPERATION'],
  ['fence', 'fence web-0'],
  ['delete', 'delete web'],
  ['volumes remove', 'volumes remove VOLUME'],
  ['nodes list', 'nodes list'],
  ['nodes pause', 'nodes pause node-2'],
  ['nodes resume', 'nodes resume node-2'],
  ['nodes partition', 'nodes partition node-2'],
  ['nodes heal', 'nodes heal node-2'],
  ['nodes kill', 'nodes kill node-2'],
  ['nodes list', 'nodes list'],
  ['nodes start', 'nodes start node-2'],
  ['down', 'down'],
];

/** What the lines name that nobody knows before. */
const known = { OPERATION: '', VOLUME: '' };

function remember(called: string, value: unknown): void {
  if (called === 'operations list') known.OPERATION = (value as { id: string }[])[0]?.id ?? '';
  if (called !== 'delete') return;
  known.VOLUME = (value as { keptVolumes: { id: string }[] }).keptVolumes[0]?.id ?? '';
}

test.each(LINES)(
  '%s prints JSON of the shape that programs know: firecamp %s',
  async (called, line) => {
    writeFileSync(join(cluster.folder, 'spec.yaml'), SPEC);
    const words = line.split(' ').map((word) => known[word as keyof typeof known] ?? word);

    const printed = await until(line, async () => {
      const { exitCode, out, err } = await cluster.try([...words, '--output', 'json']);
      const error = exitCode === 0 ? '' : err.trimEnd().split('\n').at(-1);
      if (error) expect(shapeFaults(JSON.parse(error), ERROR_SHAPE)).toEqual([]);
      // A node lets go of a volume a moment after its service was deleted.
      if (exitCode === 5 || error?.includes('holds it')) return null;
      expect([exitCode, error]).toEqual([0, '']);
      return out === '' ? null : out.trimEnd().split('\n');
    });

    const values = printed.map((each): unknown => JSON.parse(each));
    const shape = JSON_SHAPES[called] ?? {};
    expect(values.flatMap((value) => shapeFaults(value, shape))).toEqual([]);
    remember(called, values[0]);
  },
);

test('every command has a shape, and every shape was looked at', () => {
  const names = COMMANDS.map(({ name }) => name).filter((name) => !PROGRAMS.includes(name));
  const shapes = Object.keys(JSON_SHAPES);

  const without = names.filter(
    (name) => !shapes.some((shape) => `${shape} `.startsWith(`${name} `)),
  );
  expect(without).toEqual([]);
  expect(shapes.filter((shape) => !LINES.some(([called]) => called === shape))).toEqual([]);
});

test('an error is of its shape', async () => {
  const { exitCode, err } = await cluster.try(['status', 'none', '--output', 'json']);

  expect(exitCode).not.toBe(0);
  expect(shapeFaults(JSON.parse(err), ERROR_SHAPE)).toEqual([]);
});

test.each([
  [{ a: 1 }, { a: 'number' }, []],
  [{ a: '1' }, { a: 'number' }, ['/a: is string, not number']],
  [{}, { a: 'number' }, ['/a: is missing']],
  [{}, { 'a?': 'number' }, ['/a: is missing']],
  [{ a: null }, { 'a?': 'number' }, []],
  [{ a: null }, { a: 'number' }, ['/a: is null, not number']],
  [{ a: 1, b: 1 }, { a: 'number' }, ['/b: is not in the shape']],
  [[{ a: 1 }, { b: 1 }], [{ a: 'number' }], ['/1/b: is not in the shape', '/1/a: is missing']],
  [{ a: [] }, { a: { b: 'string' } }, ['/a: is a list, not object']],
] as const)('of %j the shape %j says %j', (value, shape, faults) => {
  expect(shapeFaults(value, shape)).toEqual(faults);
});
