import { COLLECTIONS, decodeBeat, FireCampError, type MemberRecord } from '@firecamp/core';
import { createMemoryMounts } from '@firecamp/core/memory';
import { expect, test } from 'vitest';
import { Lab, MEMBER } from './support/lab.ts';

const MOVE_MS = 60_000;

test('a claim that arrives after its agent was started again is given up', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const { stop, ended } = lab.start(n1, 2);
  const beats = async (): Promise<boolean> =>
    (await lab.database.get(COLLECTIONS.beats, 'n1')) !== null;
  await lab.clock.until('the second agent beats', beats, MOVE_MS);

  const owner = { node: 'n1', boot: n1.boot, incarnation: 'n1-agent-1', task: 't1' };
  await lab.change({ owner, phase: 'moving', generation: 1 });

  const idle = async (): Promise<boolean> => (await lab.member()).phase === 'idle';
  await lab.clock.until('it is given up', idle, MOVE_MS);
  expect(await lab.member()).toMatchObject({ owner: null, unfenced: [] });
  stop();
  await ended;
});

test('a volume that answers with errors is taken anew, and its new holder is recorded', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const volumes = lab.volumes('n1');
  const acquire = volumes.acquire.bind(volumes);
  let acquired = 0;
  volumes.acquire = async (...call) => {
    const held = await acquire(...call);
    if (held.volume !== 's1-0-data') return held;
    acquired += 1;
    return { ...held, holder: { ...held.holder, token: `client-${acquired}` } };
  };
  const mounts = createMemoryMounts(n1.kernel);
  const mount = mounts.mount.bind(mounts);
  mounts.mount = async (...call) => {
    if (call[0].holder.token !== 'client-1') return mount(...call);
    throw new FireCampError('UNAVAILABLE', 'the device answers with errors', {
      operation: 'mounts.mount',
    });
  };
  const { agent, stop, ended } = lab.start(n1, 1, { volumes, mounts });
  n1.engine.create('t1', MEMBER);

  const asked = agent.mount({ task: 't1', member: MEMBER });
  const mounted = async (): Promise<boolean> => (await lab.member()).phase === 'mounted';
  await lab.clock.until('it is mounted', mounted, MOVE_MS);
  await lab.clock.pass(100);
  await asked;

  const tokens = ({ volumes: all }: MemberRecord): unknown =>
    all.find(({ id }) => id === 's1-0-data')?.holderToken;
  expect(tokens(await lab.member())).toBe('client-2');
  expect(acquired).toBe(2);
  stop();
  await ended;
});

test('a volume that no record names and that hangs keeps no member from being looked at', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  await lab.leave(n1, 's0-0-data');
  const volumes = lab.volumes('n1');
  volumes.release = () => new Promise(() => {});
  const { agent, stop, ended } = lab.start(n1, 1, { volumes });
  n1.engine.create('t1', MEMBER);

  agent.mount({ task: 't1', member: MEMBER }).then(
    () => n1.engine.start('t1'),
    () => {},
  );

  const ready = async (): Promise<boolean> => {
    const beat = await lab.database.get(COLLECTIONS.beats, 'n1');
    return beat !== null && decodeBeat(beat.value).members[0]?.ready === true;
  };
  await lab.clock.until('it is ready', ready, MOVE_MS);
  stop();
  await lab.clock.pass(MOVE_MS);
  await ended;
});

test('what no record names stays while a task is here whose member was removed', async () => {
  const lab = new Lab();
  const n1 = lab.node('n1');
  await lab.leave(n1, 's0-0-data');
  n1.engine.create('t0', { service: 's0', ordinal: 0 });
  n1.engine.start('t0');
  const volumes = lab.volumes('n1');
  const held = async (): Promise<number> => {
    let count = 0;
    for await (const _ of volumes.acquired()) count += 1;
    return count;
  };
  const { stop, ended } = lab.start(n1, 1);

  await lab.clock.pass(MOVE_MS);
  expect(await held()).toBe(1);

  n1.engine.end('t0');
  await lab.clock.until('it is let go', async () => (await held()) === 0, MOVE_MS);
  stop();
  await ended;
});

test('a backend that is asked too much is asked more and more seldom', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const volumes = lab.volumes('n1');
  let asked = 0;
  volumes.acquire = async () => {
    asked += 1;
    throw new FireCampError('EXHAUSTED', 'throttled', { operation: 'volumes.attach' });
  };
  const { agent, stop, ended } = lab.start(n1, 1, { volumes });
  n1.engine.create('t1', MEMBER);
  let over = false;
  const ask = (): void => {
    agent.mount({ task: 't1', member: MEMBER }).catch(() => {
      if (!over) ask();
    });
  };
  ask();

  await lab.clock.pass(5 * MOVE_MS);
  const first = asked;
  await lab.clock.pass(5 * MOVE_MS);

  expect(first).toBeGreaterThan(0);
  // Two volumes: once a beat would be 120.
  expect(asked - first).toBeLessThanOrEqual(40);
  expect(asked - first).toBeGreaterThanOrEqual(2);
  over = true;
  stop();
  await lab.clock.pass(MOVE_MS);
  await ended;
});
