import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Observed } from '@firecamp/agent';
import {
  askTally,
  counter,
  createLedger,
  type LedgerMoment,
  type LedgerProbe,
} from '@firecamp/catalog/testing';
import { FireCampError } from '@firecamp/core';
import { afterAll, expect, test } from 'vitest';
import { Deployment, endDeployments, poll } from './deployment.ts';
import { KilledAgent } from './killed.ts';

const PORT = 7001;
const never = new AbortController().signal;

afterAll(endDeployments);

/** The small servers run on Node itself, which another user might not get to. */
async function ledger(probe?: LedgerProbe, members = 2): Promise<Deployment> {
  return Deployment.create({ recipe: createLedger(probe), members, user: null });
}

async function codeOf(act: Promise<unknown>): Promise<string> {
  const error = await act.then(
    () => null,
    (reason: unknown) => reason,
  );
  return FireCampError.is(error) ? error.code : String(error);
}

async function observeReady(deployment: Deployment, ordinal: number): Promise<Observed> {
  const care = deployment.care(`node-${ordinal}`);
  return poll(`member ${ordinal} is ready`, async () => {
    const observed = await care.observe(await deployment.cared(ordinal), never);
    return observed.ready ? observed : null;
  });
}

async function notes(deployment: Deployment, ordinal: number): Promise<Record<string, string>> {
  return JSON.parse(await askTally(deployment.address(ordinal), PORT, 'notes'));
}

test('members without first data of their own are marked and started', async () => {
  await using deployment = await Deployment.create({ recipe: counter, members: 2, user: null });
  await Promise.all([0, 1].map((ordinal) => deployment.start(ordinal, `node-${ordinal}`)));

  expect(await observeReady(deployment, 0)).toEqual({ ready: true, role: 'counter', message: '' });
  expect(await observeReady(deployment, 1)).toEqual({ ready: true, role: 'counter', message: '' });
});

test('a follower waits until the leader has data and serves, then copies it', async () => {
  await using deployment = await ledger();
  const care = deployment.care('node-1');

  expect(await codeOf(care.prepare(await deployment.cared(1), never))).toBe('UNAVAILABLE');
  await deployment.start(0, 'node-0');
  await observeReady(deployment, 0);
  await askTally(deployment.address(0), PORT, 'add');
  await deployment.start(1, 'node-1');

  expect(await observeReady(deployment, 1)).toMatchObject({ ready: true, role: 'follower' });
  expect(await askTally(deployment.address(1), PORT, 'count')).toBe('1');
  const { journal } = deployment.volumes(1);
  expect(readFileSync(join(journal ?? '', 'conf/ledger'), 'utf8')).toBe('svc-1\n');
});

test('the volumes of a member that lost them are not filled a second time', async () => {
  await using deployment = await ledger();
  const program = await deployment.start(0, 'node-0');
  await program.stop();
  for (const volume of Object.values(deployment.volumes(0))) rmSync(volume, { recursive: true });

  const again = deployment.care('node-0').prepare(await deployment.cared(0), never);

  expect(await codeOf(again)).toBe('FAILED_PRECONDITION');
});

test('what nobody is recorded to have made is not touched', async () => {
  await using deployment = await ledger();
  const { data } = deployment.volumes(0);
  writeFileSync(join(data ?? '', 'precious'), 'data');

  const refused = deployment.care('node-0').prepare(await deployment.cared(0), never);

  expect(await codeOf(refused)).toBe('FAILED_PRECONDITION');
  expect(readFileSync(join(data ?? '', 'precious'), 'utf8')).toBe('data');
});

test('a mark that cannot be read is taken for that of another', async () => {
  await using deployment = await ledger();
  const { data = '' } = deployment.volumes(0);
  const care = deployment.care('node-0');
  const marks = ['', '{', '{}', '{"schema":2,"member":"x","state":"begun"}'];

  for (const mark of marks) {
    mkdirSync(join(data, '.firecamp'), { recursive: true });
    writeFileSync(join(data, '.firecamp/fill.json'), mark);
    expect(await codeOf(care.prepare(await deployment.cared(0), never))).toBe(
      'FAILED_PRECONDITION',
    );
  }
  rmSync(join(data, '.firecamp'), { recursive: true });
  symlinkSync('/nowhere', join(data, '.firecamp'));
  expect(await codeOf(care.prepare(await deployment.cared(0), never))).toBe('FAILED_PRECONDITION');
});

test.concurrent('a volume that another process works in is not touched', async () => {
  await using deployment = await ledger();
  const program = await deployment.start(0, 'node-0');
  await observeReady(deployment, 0);

  const refused = deployment.care('node-0').prepare(await deployment.cared(0), never);

  expect(await codeOf(refused)).toBe('UNAVAILABLE');
  expect(await program.stop()).toBe(0);
});

test.each<LedgerMoment>(['initialize', 'initialize.half', 'beforeStart'])(
  'an agent that is killed in %s begins again without harm',
  async (killAt) => {
    await using deployment = await ledger();
    const { identity } = deployment;
    const shared = {
      identity,
      recipe: 'ledger',
      service: 'svc',
      spec: {},
      members: 2,
      seeded: [],
    } as const;
    await using killed = new KilledAgent({ ...shared, ordinal: 0, killAt });
    expect(await killed.ended()).toBe('SIGKILL');

    await deployment.start(0, 'node-0');

    expect(await observeReady(deployment, 0)).toMatchObject({ role: 'leader' });
  },
);

test.each<LedgerMoment>(['seed', 'seed.half', 'beforeStart'])(
  'an agent that is killed in %s of a follower begins again without harm',
  async (killAt) => {
    await using deployment = await ledger();
    await deployment.start(0, 'node-0');
    await observeReady(deployment, 0);
    await askTally(deployment.address(0), PORT, 'add');
    const { identity } = deployment;
    const shared = {
      identity,
      recipe: 'ledger',
      service: 'svc',
      spec: {},
      members: 2,
      seeded: [0],
    } as const;
    await using killed = new KilledAgent({ ...shared, ordinal: 1, killAt });
    expect(await killed.ended()).toBe('SIGKILL');

    await deployment.start(1, 'node-1');

    expect(await observeReady(deployment, 1)).toMatchObject({ role: 'follower' });
    expect(await askTally(deployment.address(1), PORT, 'count')).toBe('1');
  },
);

test('a hook that fails once is run again from the start', async () => {
  const failing = new Set<LedgerMoment>(['initialize', 'initialize.half', 'beforeStart']);
  await using deployment = await ledger(async (moment) => {
    if (failing.delete(moment)) throw new Error(`${moment} has failed`);
  });
  const care = deployment.care('node-0');
  const prepare = async () => care.prepare(await deployment.cared(0), never);

  for (const moment of [...failing]) {
    await expect(prepare()).rejects.toThrow(`svc-0: ${moment.split('.')[0]}: ${moment} has failed`);
  }
  await deployment.start(0, 'node-0');

  expect(await observeReady(deployment, 0)).toMatchObject({ ready: true });
});

test('what a hook fails with keeps its code, and names member and hook once', async () => {
  const operation = 'ledger.initialize';
  await using deployment = await ledger(async (moment) => {
    if (moment !== 'initialize') return;
    throw new FireCampError('EXHAUSTED', 'svc-0: the disk is full', { operation });
  });

  const prepared = deployment.care('node-0').prepare(await deployment.cared(0), never);

  await expect(prepared).rejects.toMatchObject({
    code: 'EXHAUSTED',
    message: 'svc-0: initialize: the disk is full',
  });
});

test.concurrent.each<LedgerMoment>(['ready', 'role'])(
  'a %s that hangs says that the member is not ready, and that fails says why',
  async (hook) => {
    let how: 'works' | 'fails' | 'hangs' = 'works';
    await using deployment = await ledger(async (moment) => {
      if (moment !== hook || how === 'works') return;
      if (how === 'fails') throw new Error('out of order');
      await new Promise(() => {});
    });
    await deployment.start(0, 'node-0');
    await observeReady(deployment, 0);
    const care = deployment.care('node-0');
    const observe = async () => care.observe(await deployment.cared(0), never);

    how = 'fails';
    expect(await observe()).toMatchObject({
      ready: false,
      message: `svc-0: ${hook}: out of order`,
    });
    how = 'hangs';
    expect(await observe()).toMatchObject({ ready: false, message: 'no answer within 5000 ms' });
    how = 'works';
    expect(await observe()).toMatchObject({ ready: true, message: '' });
  },
);

test('a reload that fails is owed, also by the next agent', async () => {
  let fails = true;
  await using deployment = await Deployment.create({
    recipe: createLedger(async (moment) => {
      if (moment === 'reload' && fails) throw new Error('not now');
    }),
    members: 2,
    user: null,
    addressing: 'name',
  });
  await deployment.start(0, 'node-0');
  await observeReady(deployment, 0);
  deployment.names.set('svc-1.test.internal', '127.0.0.9');
  const observe = async () => deployment.care('node-0').observe(await deployment.cared(0), never);

  const failed = await observe();
  expect(failed).toMatchObject({ ready: true });
  expect(failed.message).toContain('not now');
  expect(await notes(deployment, 0)).not.toHaveProperty('peers');
  fails = false;
  await observe();

  const told = Buffer.from((await notes(deployment, 0))['peers'] ?? '', 'hex').toString();
  expect(told).toBe('svc-1 127.0.0.9\n');
});

test('while a name cannot be asked the last address stands; a name without one has none', async () => {
  await using deployment = await Deployment.create({
    recipe: createLedger(),
    members: 2,
    user: null,
    addressing: 'name',
  });
  let answer: 'known' | 'none' | 'away' = 'known';
  const care = deployment.care('node-0', {
    resolve: async () => {
      if (answer === 'away') throw new Error('the DNS server does not answer');
      return answer === 'known' ? '127.0.0.9' : null;
    },
  });
  const cared = await deployment.cared(0);
  const { files } = await care.prepare(cared, never);
  const peers = async () => {
    await care.observe(cared, never);
    return readFileSync(join(files, 'peers'), 'utf8');
  };

  expect(await peers()).toBe('svc-1 127.0.0.9\n');
  answer = 'away';
  expect(await peers()).toBe('svc-1 127.0.0.9\n');
  answer = 'none';
  expect(await peers()).toBe('svc-1 unknown\n');
});

test('a database that does not answer changes no health', async () => {
  await using deployment = await ledger();
  await deployment.start(0, 'node-0');
  await observeReady(deployment, 0);
  const away = new FireCampError('UNAVAILABLE', 'the database is away', { operation: 'test' });
  const database = {
    ...deployment.database,
    list: async function* () {
      yield* [];
      throw away;
    },
  };
  const care = deployment.care('node-0', { database });

  const observed = await care.observe(await deployment.cared(0), never);

  expect(observed).toEqual({ ready: true, role: 'leader', message: 'the database is away' });
});

test('a member is joined once, when it is ready, also after a join that failed', async () => {
  let joins = 0;
  await using deployment = await ledger(async (moment) => {
    if (moment !== 'join') return;
    joins += 1;
    if (joins === 1) throw new Error('not taken in');
  });
  await deployment.start(0, 'node-0');
  await observeReady(deployment, 0);

  for (let times = 0; times < 3; times += 1) await observeReady(deployment, 0);

  expect(joins).toBe(2);
});

test('operations run hooks by name, before a stop and in the end', async () => {
  await using deployment = await ledger();
  const program = await deployment.start(0, 'node-0');
  await observeReady(deployment, 0);
  const care = deployment.care('node-0');
  const cared = await deployment.cared(0);
  const folder = join(deployment.root, 'backup');
  mkdirSync(folder);

  expect(await care.act(cared, { hook: 'backup', folder }, never)).toEqual({ member: 'svc-0' });
  await care.act(cared, { hook: 'switchover', to: 1 }, never);
  await care.act(cared, { hook: 'failover' }, never);
  await care.act(cared, { hook: 'leave' }, never);
  await care.beforeStop(cared, never);

  expect(await notes(deployment, 0)).toMatchObject({
    switchover: 'svc-1',
    failover: 'done',
    leave: 'done',
    beforeStop: 'done',
  });
  expect(existsSync(join(folder, 'tally'))).toBe(true);
  expect(await codeOf(care.act(cared, { hook: 'switchover', to: 7 }, never))).toBe('NOT_FOUND');
  await program.stop();
});

test('a recipe without a hook says so', async () => {
  await using deployment = await Deployment.create({ recipe: counter, members: 1, user: null });
  const act = deployment.care('n').act(await deployment.cared(0), { hook: 'failover' }, never);

  expect(await codeOf(act)).toBe('UNSUPPORTED');
});

test('when the member is lost, what was begun ends', async () => {
  const begun = Promise.withResolvers<void>();
  await using deployment = await ledger(async (moment, { run }) => {
    if (moment !== 'initialize') return;
    begun.resolve();
    await run(['/bin/sleep', '60']);
  });
  const lost = new AbortController();
  const prepare = deployment.care('node-0').prepare(await deployment.cared(0), lost.signal);

  await begun.promise;
  lost.abort();

  expect(await codeOf(prepare)).toBe('ABORTED');
});

test('a forgotten member leaves nothing on the node but its volumes', async () => {
  await using deployment = await ledger();
  const care = deployment.care('node-0');
  const cared = await deployment.cared(0);
  const { files, secrets } = await care.prepare(cared, never);

  await care.forget(cared.member);
  await care.forget(cared.member);

  expect([files, secrets].filter((folder) => existsSync(folder))).toEqual([]);
  expect(existsSync(join(cared.volumes['data'] ?? '', 'tally'))).toBe(true);
});
