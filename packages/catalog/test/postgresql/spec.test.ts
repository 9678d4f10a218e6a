import { postgresql } from '@firecamp/catalog';
import { FireCampError } from '@firecamp/core';
import { expect, test } from 'vitest';

function keyAtFault(input: unknown): string | undefined {
  try {
    postgresql.parse(input, 3);
    return undefined;
  } catch (error) {
    if (FireCampError.is(error, 'INVALID_ARGUMENT')) return error.subject['key'];
    throw error;
  }
}

test('an empty spec gets every default', () => {
  expect(postgresql.parse({}, 3)).toEqual({
    port: 5432,
    portStep: 0,
    volumeBytes: 10 * 2 ** 30,
    allow: ['samenet'],
    parameters: {},
    walKeepBytesMax: 5 * 2 ** 30,
    programs: null,
    memoryBytesMax: null,
    cpuMillisMax: null,
  });
});

test('members that are found by name alone listen on ports of their own', () => {
  expect(postgresql.parse({}, 3, 'name')).toMatchObject({ port: 5432, portStep: 1 });
  expect(postgresql.parse({ portStep: 0 }, 3, 'name')).toMatchObject({ portStep: 0 });
  expect(postgresql.connect?.(postgresql.parse({}, 3, 'name'), 2)?.port).toBe(5434);
  expect(() => postgresql.parse({ port: 65_534 }, 3, 'name')).toThrow(/no room for 3 members/);
});

test('a spec that was read may be read again', () => {
  const once = postgresql.parse({ port: 6000, volumeBytes: '1GiB', parameters: { jit: false } }, 3);

  expect(postgresql.parse(JSON.parse(JSON.stringify(once)), 3)).toEqual(once);
});

test.each([
  [null, ''],
  [[], ''],
  ['x', ''],
  [{ prot: 1 }, 'prot'],
  [JSON.parse('{"__proto__": 1}'), '__proto__'],
  [{ port: '5432' }, 'port'],
  [{ port: 80 }, 'port'],
  [{ port: 65536 }, 'port'],
  [{ port: 1.5 }, 'port'],
  [{ port: Number.NaN }, 'port'],
  [{ volumeBytes: -1 }, 'volumeBytes'],
  [{ volumeBytes: '10 GiB' }, 'volumeBytes'],
  [{ volumeBytes: '1KiB' }, 'volumeBytes'],
  [{ volumeBytes: 2 ** 53 }, 'volumeBytes'],
  [{ volumeBytes: '1GiB', walKeepBytesMax: '2GiB' }, 'walKeepBytesMax'],
  [{ allow: '10.0.0.0/8' }, 'allow'],
  [{ allow: ['all'] }, 'allow[0]'],
  [{ allow: ['samenet', '10.0.0.0/33'] }, 'allow[1]'],
  [{ allow: ['10.0.0/8'] }, 'allow[0]'],
  [{ allow: ['10.0.0.0/8 trust'] }, 'allow[0]'],
  [{ parameters: { 'a b': 1 } }, 'parameters.a b'],
  [{ parameters: { work_mem: '1\nfsync = off' } }, 'parameters.work_mem'],
  [{ parameters: { work_mem: ['1'] } }, 'parameters.work_mem'],
  [{ parameters: { fsync: 'off' } }, 'parameters.fsync'],
  [{ parameters: { listen_addresses: '*' } }, 'parameters.listen_addresses'],
  [{ parameters: { recovery_target_time: 'now' } }, 'parameters.recovery_target_time'],
  [{ parameters: { include: '/etc/passwd' } }, 'parameters.include'],
  [{ programs: 'bin' }, 'programs'],
  [{ cpuMillisMax: 0 }, 'cpuMillisMax'],
])('%j is refused, naming the key %s', (input, key) => {
  expect(keyAtFault(input)).toBe(key);
});
