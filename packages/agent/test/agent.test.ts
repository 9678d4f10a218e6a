import { FireCampError } from '@firecamp/core';
import { afterEach, expect, test } from 'vitest';
import { Lab, type LabNode, MEMBER, type RunningAgent } from './support/lab.ts';

const running: RunningAgent[] = [];

afterEach(async () => {
  for (const { stop } of running) stop();
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});

function start(lab: Lab, node: LabNode, incarnation: number): RunningAgent {
  const made = lab.start(node, incarnation);
  running.push(made);
  return made;
}

/** Makes a task on the node and asks for it until it may start, then starts it. */
async function run(lab: Lab, node: LabNode, agent: RunningAgent, task: string): Promise<number> {
  node.engine.create(task, MEMBER);
  let answered = false;
  agent.agent.mount({ task, member: MEMBER }).then(
    () => {
      answered = true;
      node.engine.start(task);
      lab.disks.setContent('s1-0-data', { ...lab.disks.content('s1-0-data'), mark: 'rows' });
    },
    () => {},
  );
  return lab.clock.until(`${task} is answered`, () => answered, 60_000);
}

async function phase(lab: Lab, wanted: string): Promise<void> {
  await lab.clock.until(
    `phase ${wanted}`,
    async () => (await lab.member()).phase === wanted,
    60_000,
  );
}

test('a first task gets a formatted volume, the address and the name', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  n1.engine.create('t1', MEMBER);

  const answered = start(lab, n1, 1).agent.mount({ task: 't1', member: MEMBER });
  await phase(lab, 'mounted');
  await lab.clock.pass(100);

  expect(await answered).toEqual({
    name: 'pg-0',
    address: '192.0.2.1',
    volumes: { data: '/mnt/memory/n1/s1-0-data', journal: '/mnt/memory/n1/s1-0-journal' },
    files: '/files',
    secrets: '/secrets',
  });
  expect(await lab.member()).toMatchObject({ generation: 1, seeded: true, lease: null });
  expect(lab.disks.content('s1-0-data')).toMatchObject({ kind: 'filesystem', fsUuid: 'fs-data' });
  expect(lab.zone.get('pg-0.lab.internal')?.records[0]?.values).toEqual(['192.0.2.1']);
});

test('a restart on the same node asks nothing of the cloud', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const agent = start(lab, n1, 1);
  await run(lab, n1, agent, 't1');
  const before = lab.effects();

  n1.engine.end('t1');
  await phase(lab, 'idle');
  await run(lab, n1, agent, 't2');

  expect(lab.effects()).toBe(before);
  expect(await lab.member()).toMatchObject({ phase: 'mounted', generation: 2 });
});

test('a volume that another node keeps is detached by that node when the member is claimed', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  n1.engine.end('t1');
  await phase(lab, 'idle');

  await run(lab, n2, start(lab, n2, 1), 't2');

  expect(lab.disks.content('s1-0-data').mark).toBe('rows');
  expect(lab.disks.holders('s1-0-data').map(({ node }) => node)).toEqual(['n2']);
  expect(lab.events.filter((event) => event.includes('fenced'))).toEqual([]);
});

test('an owner that beats keeps its member whoever asks for it', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  await run(lab, n1, start(lab, n1, 1), 't1');
  n2.engine.create('t2', MEMBER);

  const asked = start(lab, n2, 1).agent.mount({ task: 't2', member: MEMBER });
  const refused = expect(asked).rejects.toSatisfy((error) =>
    FireCampError.is(error, 'UNAVAILABLE'),
  );
  await lab.clock.pass(61_000);
  await refused;

  expect(await lab.member()).toMatchObject({ owner: { node: 'n1' }, wanted: { node: 'n2' } });
  expect(n1.engine.state('t1')).toBe('running');
});

test('a silent owner is fenced by the manager, and only then the member moves', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();
  const second = start(lab, n2, 1);
  n2.engine.create('t2', MEMBER);
  let answered = false;
  second.agent.mount({ task: 't2', member: MEMBER }).then(
    () => {
      answered = true;
    },
    () => {},
  );
  const warden = lab.warden();

  await lab.clock.until(
    'n1 is silent',
    async () => {
      await warden.lookAtBeats({ gone: async () => new Set() });
      return (await lab.beatState('n1')) === 'silent';
    },
    20_000,
  );
  await phase(lab, 'moving');
  await lab.clock.pass(5_000);
  expect(answered).toBe(false);
  expect((await lab.member()).unfenced.map(({ node }) => node)).toContain('n1');

  await lab.clock.until(
    'the move ends',
    async () => {
      await warden.lookAtMembers();
      return answered;
    },
    20_000,
  );
  expect(lab.disks.holders('s1-0-data').map(({ node }) => node)).toEqual(['n2']);
  expect(lab.disks.content('s1-0-data').mark).toBe('rows');
});

test('a node that comes back from silence keeps what nobody took, and kills what somebody did', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  const warden = lab.warden();
  const watch = async (): Promise<boolean> => {
    await warden.lookAtBeats({ gone: async () => new Set() });
    await warden.lookAtMembers();
    return false;
  };
  first.stop();
  await first.ended;
  await lab.clock.until(
    'silence',
    async () => (await watch()) || (await lab.beatState('n1')) === 'silent',
    20_000,
  );

  start(lab, n1, 2);
  await lab.clock.until('n1 beats', async () => (await lab.beatState('n1')) === 'beating', 20_000);
  expect(n1.engine.state('t1')).toBe('running');
  expect(await lab.member()).toMatchObject({ owner: { incarnation: 'n1-agent-2' }, generation: 2 });

  await warden.order(MEMBER, { kind: 'move', by: 'person/ada', reason: 'drain' });
  let answered = false;
  n2.engine.create('t2', MEMBER);
  start(lab, n2, 1)
    .agent.mount({ task: 't2', member: MEMBER })
    .then(
      () => {
        answered = true;
      },
      () => {},
    );
  await lab.clock.until('the move ends', async () => (await watch()) || answered, 40_000);

  expect(n1.engine.killed).toEqual(['t1']);
  expect(n1.kernel.mounted.size).toBe(0);
  expect(lab.disks.holders('s1-0-data').map(({ node }) => node)).toEqual(['n2']);
});

test('a new incarnation adopts a running member without stopping it', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  const before = lab.effects();
  first.stop();
  await first.ended;

  start(lab, n1, 2);
  await lab.clock.until('adoption', async () => (await lab.member()).generation === 2, 20_000);
  await lab.clock.pass(5_000);

  expect(n1.engine.state('t1')).toBe('running');
  expect(lab.effects()).toBe(before);
});

test('a task that ends while no agent runs is released by the next one', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();
  await first.ended;
  n1.engine.end('t1');

  start(lab, n1, 2);
  await phase(lab, 'idle');

  expect(n1.kernel.mounted.size).toBe(0);
});

test('what a member had besides its volumes goes with them, and failing keeps nobody', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const agent = start(lab, n1, 1);
  const forgotten: unknown[] = [];
  lab.care = {
    ...lab.care,
    forget: async (ref) => {
      forgotten.push(ref);
      throw new Error('the disk is full');
    },
  };
  await run(lab, n1, agent, 't1');
  const early = [...forgotten];

  n1.engine.end('t1');
  await phase(lab, 'idle');

  expect([early, forgotten]).toEqual([[], [MEMBER]]);
  expect(lab.events.filter((event) => event.includes('member.files-left'))).toHaveLength(1);
});

test('a filesystem that is still in use is not released, and nobody else gets it', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  await run(lab, n1, start(lab, n1, 1), 't1');
  n1.kernel.busy.add('s1-0-data');
  n1.engine.end('t1');
  await phase(lab, 'releasing');
  await lab.clock.pass(10_000);
  expect((await lab.member()).phase).toBe('releasing');

  n1.kernel.busy.clear();
  await phase(lab, 'idle');
});

test('a volume that vanishes from under a member ends its task', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  await run(lab, n1, start(lab, n1, 1), 't1');
  const token = lab.disks.holders('s1-0-data')[0]?.token ?? '';

  lab.disks.detach('s1-0-data', token);
  await phase(lab, 'idle');

  expect(n1.engine.killed).toEqual(['t1']);
});

test('an address that the network gave to another is taken back, and the member goes on', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  await run(lab, n1, start(lab, n1, 1), 't1');

  lab.addresses.unbind('n1', { id: 's1-0', ip: '192.0.2.1' });
  await lab.clock.until(
    'the address is back',
    () => lab.addresses.holders('s1-0')[0]?.node === 'n1',
    10_000,
  );
  await lab.clock.pass(1_000);

  expect(n1.engine.state('t1')).toBe('running');
  expect(await lab.member()).toMatchObject({ phase: 'mounted', lease: null });
});

test('a preparation goes on when its task gives up, and the next task takes it', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  let prepared = (): void => {};
  let runs = 0;
  lab.care = {
    ...lab.care,
    prepare: async () => {
      runs += 1;
      await new Promise<void>((resolve) => (prepared = resolve));
      return { files: '/late', secrets: '/secrets' };
    },
  };
  const { agent } = start(lab, n1, 1);
  n1.engine.create('t1', MEMBER);
  const gaveUp = agent.mount({ task: 't1', member: MEMBER }).catch((error: unknown) => error);
  await lab.clock.pass(61_000);
  expect(FireCampError.is(await gaveUp, 'UNAVAILABLE')).toBe(true);
  n1.engine.end('t1');
  await lab.clock.pass(30_000);

  n1.engine.create('t2', MEMBER);
  const answered = agent.mount({ task: 't2', member: MEMBER });
  await lab.clock.pass(1_000);
  prepared();
  await lab.clock.pass(1_000);

  expect((await answered).files).toBe('/late');
  expect(runs).toBe(1);
  expect(await lab.member()).toMatchObject({ generation: 1, owner: { task: 't2' } });
});

test('a volume that a stranger holds is left alone, and a move that nobody takes ends idle', async () => {
  const lab = new Lab();
  await lab.create();
  lab.disks.holdForeign('s1-0-data');
  const n1 = lab.node('n1');
  const { agent } = start(lab, n1, 1);
  n1.engine.create('t1', MEMBER);
  const gone = new AbortController();
  const asked = agent.mount({ task: 't1', member: MEMBER }, gone.signal).catch(() => {});
  await phase(lab, 'moving');
  await lab.clock.pass(10_000);
  gone.abort();
  n1.engine.end('t1');
  await asked;

  await phase(lab, 'idle');

  expect(n1.kernel.mounted.size).toBe(0);
  expect(lab.disks.holders('s1-0-data').map(({ node }) => node)).toEqual([null]);
});

test('a task that is not this node’s is refused', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const { agent } = start(lab, n1, 1);

  const asked = agent.mount({ task: 'elsewhere', member: MEMBER }).catch((error: unknown) => error);
  await lab.clock.pass(2_000);

  expect(FireCampError.is(await asked, 'FAILED_PRECONDITION')).toBe(true);
  expect((await lab.member()).generation).toBe(0);
});

test('an agent whose boot is recorded as gone stops what runs and ends', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  const later = lab.node('n1', 'n1-boot-2');
  start(lab, later, 2);

  let ended: unknown = null;
  void first.ended.then((error) => {
    ended = error;
  });
  await lab.clock.until('the old agent ends', () => ended !== null, 10_000);

  expect(FireCampError.is(ended, 'ABORTED')).toBe(true);
  expect(n1.engine.killed).toEqual(['t1']);
  expect(n1.kernel.mounted.size).toBe(0);
});
