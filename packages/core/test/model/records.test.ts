import {
  COLLECTIONS,
  decideBeat,
  declaredSilent,
  PROTOCOL_RULES,
  returned,
  withGoneBoot,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { memoryCluster } from '../support/memory-manager.ts';
import { beat, proof } from '../support/ownership.ts';
import { KINDS, operation, service, stored, withLater } from '../support/records.ts';

test('there is a kind of record for each collection, the history is of operations', () => {
  expect(KINDS).toHaveLength(Object.keys(COLLECTIONS).filter((one) => one !== 'history').length);
});

test.each(KINDS)('a $kind is read with all that this program does not know of it', (kind) => {
  const later = withLater(kind.record);

  expect(stored(kind.decode(stored(later)))).toEqual(stored(later));
});

test.each(KINDS)('a $kind of a newer major version is refused, and so never written', (kind) => {
  expect(() => kind.decode({ ...kind.record, schema: 2 })).toThrow(
    expect.objectContaining({
      code: 'FAILED_PRECONDITION',
      message: expect.stringContaining(`${kind.kind}: it was written by a newer program`),
    }),
  );
});

test.each(KINDS)(
  'a $kind without its version is corrupt, and so is one that lacks a field',
  (kind) => {
    const { schema: _without, ...rest } = stored(kind.record) as Record<string, unknown>;
    const field = Object.keys(rest)[0] ?? '';

    for (const bad of [
      rest,
      { ...kind.record, schema: '1' },
      { ...kind.record, [field]: undefined },
    ]) {
      expect(() => kind.decode(bad)).toThrow(expect.objectContaining({ code: 'CORRUPT' }));
    }
  },
);

test('each beat that follows another keeps what is not known of it', () => {
  const later = { later: 'kept' };
  const input = {
    self: { node: 'n1', boot: 'n1-boot-1', incarnation: 'n1-1' },
    members: [],
    bootsExclusive: true,
    atMs: 1,
    rules: PROTOCOL_RULES,
  };
  const standing = { ...beat('n1'), ...later };
  const silent = declaredSilent(standing) ?? standing;

  expect(decideBeat(standing, true, input)).toMatchObject({ kind: 'beat', beat: later });
  expect(decideBeat(silent, true, input)).toMatchObject({ kind: 'return', beat: later });
  expect(decideBeat({ ...standing, boot: 'n1-boot-0' }, false, input)).toMatchObject({
    kind: 'beat',
    beat: later,
  });
  expect([silent, returned(standing), withGoneBoot(standing, proof('n1'))]).toEqual([
    expect.objectContaining(later),
    expect.objectContaining(later),
    expect.objectContaining(later),
  ]);
});

test('an operation and its service keep what is not known of them through a whole run', async () => {
  const { database, manager } = memoryCluster();
  const write = (collection: string, id: string, record: object): Promise<unknown> =>
    database.write([
      { kind: 'create', collection, id, value: stored(withLater(record)), token: id },
    ]);
  await write(COLLECTIONS.services, 's1', service);
  await write(COLLECTIONS.operations, 'o1', operation());

  const ended = await manager('m1').follow('o1', () => {}, { work: true });

  const entry = await database.get(COLLECTIONS.services, 's1');
  expect(ended).toMatchObject({ state: 'done', later: 'kept' });
  expect(entry?.value).toMatchObject({ running: false, later: 'kept' });
});

test('a record of a newer program stands as it is, and the others are worked on', async () => {
  const { database, manager, events } = memoryCluster();
  const newer = stored({ ...operation({ id: 'o0' }), schema: 2 });
  await database.write([
    { kind: 'create', collection: COLLECTIONS.operations, id: 'o0', value: newer, token: 'o0' },
  ]);
  await database.write([
    {
      kind: 'create',
      collection: COLLECTIONS.operations,
      id: 'o1',
      value: stored(operation()),
      token: 'o1',
    },
  ]);
  const stop = new AbortController();
  const running = manager('m1').run(stop.signal);

  const ended = await manager('m2').follow('o1', () => {});

  stop.abort();
  await running;
  expect(ended.state).toBe('done');
  expect((await database.get(COLLECTIONS.operations, 'o0'))?.value).toEqual(newer);
  expect(events).toContainEqual(
    expect.objectContaining({
      kind: 'record.unreadable',
      subject: { collection: 'operations', id: 'o0' },
    }),
  );
});
