import type { AgentParts, MountAnswer } from '@firecamp/agent';
import { FireCampError, type MemberRecord, type Warden } from '@firecamp/core';
import { afterEach, expect, test } from 'vitest';
import { Lab, type LabNode, MEMBER, type RunningAgent } from './support/lab.ts';

const running: RunningAgent[] = [];

afterEach(async () => {
  for (const { stop } of running) stop();
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});

function start(
  lab: Lab,
  node: LabNode,
  incarnation: number,
  parts: Partial<AgentParts> = {},
): RunningAgent {
  const made = lab.start(node, incarnation, parts);
  running.push(made);
  return made;
}

/** Asks for the member until it is answered, then starts the task. */
function ask(node: LabNode, { agent }: RunningAgent, task: string): () => MountAnswer | null {
  node.engine.create(task, MEMBER);
  let answer: MountAnswer | null = null;
  agent.mount({ task, member: MEMBER }).then(
    (given) => {
      answer = given;
      node.engine.start(task);
    },
    () => {},
  );
  return () => answer;
}

async function run(
  lab: Lab,
  node: LabNode,
  agent: RunningAgent,
  task: string,
): Promise<MountAnswer> {
  const answer = ask(node, agent, task);
  await lab.clock.until(`${task} is answered`, () => answer() !== null, 60_000);
  const given = answer();
  if (given === null) throw new TypeError('it was answered');
  return given;
}

/** Lets the manager look, too, until the condition holds. */
async function watch(
  lab: Lab,
  warden: Warden,
  holds: (record: MemberRecord) => boolean,
  gone: readonly string[] = [],
): Promise<void> {
  await lab.clock.until(
    'what the manager is to bring about',
    async () => {
      await warden.lookAtBeats({ gone: async () => new Set(gone) });
      await warden.lookAtMembers();
      return holds(await lab.member());
    },
    90_000,
  );
}

const phaseIs =
  (phase: MemberRecord['phase']) =>
  (record: MemberRecord): boolean =>
    record.phase === phase;

async function silent(lab: Lab, warden: Warden, node: string): Promise<void> {
  await lab.clock.until(
    `${node} is silent`,
    async () => {
      await warden.lookAtBeats({ gone: async () => new Set() });
      return (await lab.beatState(node)) === 'silent';
    },
    20_000,
  );
}

test('an agent that may fence its peers needs the manager for silence only', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();

  const answer = ask(n2, start(lab, n2, 1, { fencers: [lab.fencer()] }), 't2');
  await silent(lab, lab.warden([]), 'n1');
  await lab.clock.until('the move', () => answer() !== null, 30_000);

  expect((await lab.member()).proofs.map(({ kind }) => kind)).toContain('blocklisted');
  expect(lab.disks.holders('s1-0-journal').map(({ node }) => node)).toEqual(['n2']);
});

test('what no fencer can prove keeps the member where it is, and the record says why', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();
  lab.fences.provable = false;
  const warden = lab.warden();

  const answer = ask(n2, start(lab, n2, 1), 't2');
  await silent(lab, warden, 'n1');
  await watch(lab, warden, ({ lastError }) => lastError !== '');
  await lab.clock.pass(20_000);

  expect(answer()).toBeNull();
  expect(await lab.member()).toMatchObject({ phase: 'moving', owner: { node: 'n2' } });
  expect((await lab.member()).unfenced.map(({ node }) => node)).toContain('n1');
});

test('a person who takes the risk is named in the record, for this holder only', async () => {
  const lab = new Lab();
  await lab.create({ volumes: [] });
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();
  const warden = lab.warden([]);
  const answer = ask(n2, start(lab, n2, 1), 't2');
  await silent(lab, warden, 'n1');
  await watch(lab, warden, phaseIs('moving'));
  const { generation } = await lab.member();
  const risk = { generation, node: 'n1', boot: 'n1-boot-1', by: 'person/ada', reason: 'it burnt' };

  await expect(
    warden.acceptRisk(MEMBER, { ...risk, generation: generation - 1 }),
  ).rejects.toSatisfy((error) => FireCampError.is(error, 'CONFLICT'));
  await warden.acceptRisk(MEMBER, risk);
  await lab.clock.until('the move', () => answer() !== null, 30_000);

  expect((await lab.member()).proofs).toMatchObject([{ kind: 'accepted-risk', by: 'person/ada' }]);
});

test('a member without volumes, address and name moves like any other', async () => {
  const lab = new Lab();
  await lab.create({ volumes: [], address: null, dnsName: null });
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  const plain = { volumes: null, names: null, pool: null, addresses: null };

  expect(await run(lab, n1, first, 't1')).toMatchObject({ address: '198.51.100.1', volumes: {} });
  n1.engine.end('t1');
  await lab.clock.until('idle', async () => (await lab.member()).phase === 'idle', 10_000);

  const second = await run(lab, n2, start(lab, n2, 1, plain), 't2');
  expect(second.address).toBe('198.51.100.2');
});

test('a name follows a member that has no address of its own', async () => {
  const lab = new Lab();
  await lab.create({ address: null });
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const values = (): readonly string[] | undefined =>
    lab.zone.get('pg-0.lab.internal')?.records[0]?.values;
  await run(lab, n1, start(lab, n1, 1), 't1');
  expect(values()).toEqual(['198.51.100.1']);

  n1.engine.end('t1');
  await lab.clock.until('idle', async () => (await lab.member()).phase === 'idle', 10_000);
  await run(lab, n2, start(lab, n2, 1), 't2');

  expect(values()).toEqual(['198.51.100.2']);
  expect(await lab.member()).toMatchObject({ nameAddress: '198.51.100.2', nameGeneration: 2 });
});

test('a database that is away stops nothing, for however long', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  const away = new FireCampError('UNAVAILABLE', 'away', { operation: 'test' });
  const { get, write } = lab.database;
  lab.database.get = () => Promise.reject(away);
  lab.database.write = () => Promise.reject(away);
  await lab.clock.pass(600_000);

  expect(n1.engine.state('t1')).toBe('running');
  expect(first.agent.status().beatError).toBe('away');
  lab.database.get = get;
  lab.database.write = write;
  await lab.clock.pass(5_000);
  expect(first.agent.status()).toMatchObject({ state: 'beating', beatError: '' });
  expect(n1.engine.killed).toEqual([]);
});

test('a release that hangs is ordered to be fenced, and the member moves on', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  await run(lab, n1, start(lab, n1, 1), 't1');
  n1.kernel.busy.add('s1-0-data');
  n1.engine.end('t1');
  await lab.clock.until(
    'releasing',
    async () => (await lab.member()).phase === 'releasing',
    10_000,
  );

  const answer = ask(n2, start(lab, n2, 1), 't2');
  await watch(lab, lab.warden(), () => answer() !== null);

  expect(await lab.member()).toMatchObject({ phase: 'mounted', owner: { node: 'n2' } });
  expect(lab.events.some((event) => event.includes('member.ordered'))).toBe(true);
});

test('a member of a dead node that nobody claims becomes idle', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();
  await first.ended;
  n1.engine.end('t1');

  start(lab, lab.node('n1', 'n1-boot-2'), 2);
  await watch(lab, lab.warden(), phaseIs('idle'));

  expect(await lab.member()).toMatchObject({ owner: null, unfenced: [], generation: 2 });
});

test('a silent node keeps a member that nobody asks for', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();
  const warden = lab.warden();
  await silent(lab, warden, 'n1');

  for (let look = 0; look < 40; look += 1) {
    await lab.clock.pass(1_000);
    await warden.lookAtMembers();
  }

  expect(await lab.member()).toMatchObject({ phase: 'mounted', owner: { node: 'n1' } });
  expect(lab.disks.holders('s1-0-data').map(({ node }) => node)).toEqual(['n1']);
});

test('a corrupt record of one member keeps no other waiting', async () => {
  const lab = new Lab();
  await lab.create();
  await lab.database.write([
    { kind: 'create', collection: 'members', id: 's1/7', value: { schema: 1 }, token: 'bad' },
  ]);
  const n1 = lab.node('n1');

  await run(lab, n1, start(lab, n1, 1), 't1');
  await lab.warden().lookAtMembers();

  expect(lab.events.filter((event) => event.includes('unreadable')).length).toBeGreaterThan(1);
});

test('a node that was cut off while it moved a member cleans up when it comes back', async () => {
  const lab = new Lab();
  await lab.create();
  const [n1, n2] = [lab.node('n1'), lab.node('n2')];
  const first = start(lab, n1, 1);
  await run(lab, n1, first, 't1');
  first.stop();
  await first.ended;
  const warden = lab.warden();
  await silent(lab, warden, 'n1');
  const answer = ask(n2, start(lab, n2, 1), 't2');
  await watch(lab, warden, () => answer() !== null);
  expect(n1.engine.state('t1')).toBe('running');

  start(lab, n1, 2);
  await lab.clock.until('n1 is clean', () => n1.kernel.mounted.size === 0, 20_000);

  expect(n1.engine.killed).toEqual(['t1']);
  expect(await lab.member()).toMatchObject({ phase: 'mounted', owner: { node: 'n2' } });
  expect(n2.engine.state('t2')).toBe('running');
});
