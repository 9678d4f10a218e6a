import {
  bootGone,
  COLLECTIONS,
  type CreateRequest,
  DEFAULT_TIMING,
  decideFence,
  decodeMember,
  type FenceProof,
  isolatedUntilMs,
  isolationFault,
  type Json,
  type MemberRecord,
  memberId,
  PROTOCOL_RULES,
  STOP_AFTER_MS_MAX,
  stopAfterMsMin,
  withGoneBoot,
  withProofs,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { freshId } from '../support/fresh-id.ts';
import { memoryCluster, plainCatalog } from '../support/memory-manager.ts';
import { beat, member, owner, proof, unfenced } from '../support/ownership.ts';
import { testClock } from '../support/test-clock.ts';

const PATIENCE_MS = 30_000;
const least = stopAfterMsMin(DEFAULT_TIMING);

const displaced: MemberRecord = member({
  generation: 2,
  phase: 'moving',
  owner: owner('n2'),
  isolation: { stopAfterMs: least },
  unfenced: [unfenced('n1', { generation: 1 })],
});

function ofNode(kind: FenceProof['kind']): FenceProof {
  return proof('n1', { kind, boot: 'n1-boot-1', volume: null, generation: 2 });
}

test.each([
  [least - 1, false],
  [least, true],
  [STOP_AFTER_MS_MAX, true],
  [STOP_AFTER_MS_MAX + 1, false],
  [least + 0.5, false],
  [Number.NaN, false],
])('an isolation of %d ms may be asked for: %s', (stopAfterMs, fits) => {
  expect(isolationFault({ stopAfterMs }, DEFAULT_TIMING) === null).toBe(fits);
});

test('a member may run for so long after its last acknowledged beat was sent', () => {
  const at = { renewedMs: 100, nowMs: 900 };

  expect(isolatedUntilMs({ stopAfterMs: 50 }, at, PROTOCOL_RULES)).toBe(150);
});

test('a record of before there was isolation is read as one without', () => {
  expect(decodeMember(member()).isolation).toBeUndefined();
  expect(decodeMember(displaced).isolation).toEqual({ stopAfterMs: least });
});

test('that its lease must have expired clears no entry, where a proof of another kind does', () => {
  expect(withProofs(displaced, [ofNode('lease-expired')], 'node')?.unfenced).toHaveLength(1);
  expect(withProofs(displaced, [ofNode('stopped')], 'node')?.unfenced).toEqual([]);
});

test('that a lease must have expired ends no boot', () => {
  const said = beat('n1', { goneBoots: [ofNode('lease-expired')] });

  expect(withGoneBoot(beat('n1'), ofNode('lease-expired'))).toBeNull();
  expect(bootGone(said, 'n1-boot-1')).toBeNull();
  expect(withGoneBoot(beat('n1'), ofNode('stopped'))).toMatchObject({ state: 'gone' });
});

test('a silent owner with isolation is fenced, however long its time has been over', () => {
  const [entry] = displaced.unfenced;
  if (entry === undefined) throw new TypeError('there is no entry');
  const view = {
    member: 's1/0',
    record: displaced,
    entry,
    beat: beat('n1', { state: 'silent' }),
    standsMs: 100 * least,
    stuckMs: 120_000,
  };

  expect(decideFence(view, PROTOCOL_RULES).kind).toBe('fence');
});

test('explain says when a member with isolation is stopped, and of no other', async () => {
  const cluster = memoryCluster();
  const manager = cluster.manager('m1');
  const put = async (ordinal: number, parts: Partial<MemberRecord>): Promise<readonly string[]> => {
    const ref = { service: 's1', ordinal };
    const value = member({ ...ref, ...parts }) as unknown as Json;
    const at = { collection: COLLECTIONS.members, id: memberId(ref) };
    await cluster.database.write([{ kind: 'create', ...at, value, token: freshId() }]);
    return (await manager.explain(ref)).facts;
  };

  expect(await put(0, { isolation: { stopAfterMs: 30_500 } })).toContain(
    'it is stopped when no beat of its node was acknowledged for 30.5 s',
  );
  expect((await put(1, {})).join()).not.toContain('stopped');
});

test('what a recipe asks for stands in the records of service and members', async () => {
  const cluster = memoryCluster();
  const { timing } = cluster.parts;
  const stopAfterMs = stopAfterMsMin(timing);
  const manager = cluster.manager('m1', { catalog: isolating(stopAfterMs) });

  const { id } = await manager.create(wish('ours'));
  const stop = new AbortController();
  const following = manager
    .follow(id, () => {}, { work: true, signal: stop.signal })
    .catch(() => {});
  const endMs = testClock.monotonicMs() + PATIENCE_MS;
  while ((await manager.status('ours').catch(() => null))?.members.length !== 1) {
    if (testClock.monotonicMs() > endMs) throw new Error('its member has no record');
    await testClock.sleep(5);
  }
  stop.abort();
  await following;
  const status = await manager.status('ours');

  expect(status.service.isolation).toEqual({ stopAfterMs });
  expect(status.members.map(({ record }) => record.isolation)).toEqual([{ stopAfterMs }]);
});

test('an isolation shorter than a lost beat is refused when the service is asked for', async () => {
  const cluster = memoryCluster();
  const stopAfterMs = stopAfterMsMin(cluster.parts.timing) - 1;
  const manager = cluster.manager('m1', { catalog: isolating(stopAfterMs) });

  await expect(manager.create(wish('theirs'))).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    subject: { key: 'isolation.stopAfterMs' },
  });
});

function isolating(stopAfterMs: number): typeof plainCatalog {
  return {
    ...plainCatalog,
    wanted: (service) => ({ ...plainCatalog.wanted(service), isolation: { stopAfterMs } }),
  };
}

function wish(name: string): CreateRequest {
  return {
    request: freshId(),
    who: 'person/test',
    why: '',
    name,
    recipe: 'plain',
    spec: {},
    members: 1,
    addressing: 'name',
    deletion: 'wipe',
  };
}
