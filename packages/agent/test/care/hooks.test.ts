import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Care, CaredMember, HookCall } from '@firecamp/agent';
import {
  askTally,
  createLedger,
  type LedgerMoment,
  type LedgerProbe,
} from '@firecamp/catalog/testing';
import { FireCampError } from '@firecamp/core';
import { afterAll, expect, test } from 'vitest';
import { Deployment, endDeployments, poll } from './deployment.ts';
import { KilledAgent } from './killed.ts';

const PORT = 7001;
const NODE = 'node-0';
const OTHER = { 'svc-1.test.internal': '127.0.0.9' } as const;
const never = new AbortController().signal;

afterAll(endDeployments);

async function ledger(probe?: LedgerProbe): Promise<Deployment> {
  const recipe = createLedger(probe);
  return Deployment.create({ recipe, members: 2, user: null, addressing: 'name' });
}

/** A leader that serves one line, and that nobody has observed yet. */
async function serving(deployment: Deployment) {
  const program = await deployment.start(0, NODE);
  await poll('it counts', () => askTally(deployment.address(0), PORT, 'add').catch(() => null));
  return program;
}

function folderOf({ root }: Deployment): string {
  const folder = join(root, 'backup');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Each hook of a running member, and who calls it. */
const HOOKS = {
  ready: () => 'observe',
  role: () => 'observe',
  reload: () => 'observe',
  join: () => 'observe',
  beforeStop: () => 'beforeStop',
  leave: () => ({ hook: 'leave' }),
  switchover: () => ({ hook: 'switchover', to: 1 }),
  failover: () => ({ hook: 'failover' }),
  backup: (deployment) => ({ hook: 'backup', folder: folderOf(deployment) }),
} as const satisfies Partial<
  Record<LedgerMoment, (deployment: Deployment) => 'observe' | 'beforeStop' | HookCall>
>;
const RUNNING = Object.keys(HOOKS) as readonly (keyof typeof HOOKS)[];

/** What the ledger's own server says of each when it has run; null of those that it is not told. */
const TOLD: Readonly<Record<keyof typeof HOOKS, string | null>> = {
  ready: null,
  role: null,
  reload: 'peers',
  join: 'join',
  beforeStop: 'beforeStop',
  leave: 'leave',
  switchover: 'switchover',
  failover: 'failover',
  backup: null,
};

function callOf(deployment: Deployment, hook: keyof typeof HOOKS) {
  return HOOKS[hook](deployment);
}

/** @returns what a person would be told of a failure; null where all went well. */
async function run(
  care: Care,
  cared: CaredMember,
  call: ReturnType<typeof callOf>,
): Promise<string | null> {
  if (call === 'observe') {
    const { ready, role, message } = await care.observe(cared, never);
    return ready && role === 'leader' && !message.includes(': ') ? null : message;
  }
  const done = call === 'beforeStop' ? care.beforeStop(cared, never) : care.act(cared, call, never);
  return done.then(
    () => null,
    (error: unknown) => (FireCampError.is(error, 'EXHAUSTED') ? error.message : String(error)),
  );
}

async function notes(deployment: Deployment): Promise<Record<string, string>> {
  return JSON.parse(await askTally(deployment.address(0), PORT, 'notes'));
}

test('every hook of the recipe is failed and crashed by some test', async () => {
  const { hooks } = createLedger();
  const beforeTheProgram = ['initialize', 'seed', 'beforeStart'];

  expect([...RUNNING, ...beforeTheProgram].toSorted()).toEqual(Object.keys(hooks).toSorted());
});

test.each(RUNNING)(
  'an agent that is killed in %s leaves the member running, and the next one runs it again',
  async (hook) => {
    await using deployment = await ledger();
    const program = await serving(deployment);
    const { identity } = deployment;
    await using killed = new KilledAgent({
      ...{ identity, recipe: 'ledger', service: 'svc', spec: {}, members: 2 },
      ...{ ordinal: 0, seeded: [0], killAt: hook, node: NODE, names: OTHER },
      does: callOf(deployment, hook),
    });
    expect([await killed.ended(), killed.said]).toEqual(['SIGKILL', null]);
    const told = TOLD[hook];
    expect(told === null ? [] : Object.keys(await notes(deployment))).not.toContain(told);

    deployment.names.set('svc-1.test.internal', '127.0.0.9');
    const cared = await deployment.cared(0);
    expect(await run(deployment.care(NODE), cared, callOf(deployment, hook))).toBeNull();

    if (told !== null) expect(Object.keys(await notes(deployment))).toContain(told);
    expect(await askTally(deployment.address(0), PORT, 'count')).toBe('1');
    expect(await program.stop()).toBe(0);
  },
);

test.each(RUNNING)('a %s that fails is told with its name, and is run again', async (hook) => {
  let fails = true;
  await using deployment = await ledger(async (moment) => {
    if (moment !== hook || !fails) return;
    throw new FireCampError('EXHAUSTED', 'out of order', { operation: `ledger.${hook}` });
  });
  const program = await serving(deployment);
  deployment.names.set('svc-1.test.internal', '127.0.0.9');
  const cared = await deployment.cared(0);
  const care = deployment.care(NODE);

  const said = await run(care, cared, callOf(deployment, hook));
  fails = false;
  const again = await run(care, cared, callOf(deployment, hook));

  expect(said).toContain(`svc-0: ${hook}: out of order`);
  expect(again).toBeNull();
  expect(await askTally(deployment.address(0), PORT, 'count')).toBe('1');
  expect(await program.stop()).toBe(0);
});

test('a word before the stop that hangs takes no longer than the grace of the program', async () => {
  await using deployment = await ledger(async (moment) => {
    if (moment === 'beforeStop') await new Promise(() => {});
  });
  const program = await serving(deployment);

  const said = await run(deployment.care(NODE), await deployment.cared(0), 'beforeStop');

  expect(said).toContain('no answer within 5000 ms');
  expect(await program.stop()).toBe(0);
});
