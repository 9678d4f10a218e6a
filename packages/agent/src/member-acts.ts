import {
  addressOf,
  adopt,
  endLease,
  FireCampError,
  idle,
  letGo,
  ownAgentSays,
  releaseVolumes,
  releasing,
  seeded,
  stands,
  takeTask,
  tenureOf,
  withError,
} from '@firecamp/core';
import { tryClaim } from './claiming.ts';
import { messageOf, say } from './context.ts';
import type { LocalMember } from './local-member.ts';
import type { MemberStep } from './member-step.ts';
import type { TenureRun } from './tenure-run.ts';
import { within } from './within.ts';

/** When to look again, in ms; 0 at once, null when something changes. */
export type Again = number | null;

/** Takes one step for one member. @throws what a seam throws: the step is decided anew. */
export async function act(member: LocalMember, step: MemberStep): Promise<Again> {
  const { run } = member;
  switch (step.kind) {
    case 'adopt':
      return adoptNow(member);
    case 'claim':
      return claimFor(member, step.task);
    case 'kill':
      return kill(member, step.tasks, step.reason);
    case 'clean':
      await letGoOfAll(member);
      return 0;
    case 'detach':
      await detach(member);
      return 0;
    case 'clear':
      return clear(member);
    case 'refuse':
      member.requests.refuse(member.requests.wish ?? '', step.code, step.reason, now(member));
      return 0;
    case 'rest':
      member.waiting = '';
      return step.ms;
    case 'forget':
      return null;
    case 'take-task':
    case 'move':
    case 'prepare':
    case 'answer':
    case 'repair-address':
    case 'release':
      return run === null ? 0 : actAsOwner(member, run, step);
  }
}

type OwnerStep = Extract<
  MemberStep,
  { kind: 'take-task' | 'move' | 'prepare' | 'answer' | 'repair-address' | 'release' }
>;

async function actAsOwner(member: LocalMember, run: TenureRun, step: OwnerStep): Promise<Again> {
  switch (step.kind) {
    case 'take-task':
      await member.cell.change((record) => takeTask(record, run.tenure, step.task));
      return 0;
    case 'move':
      return move(member, run);
    case 'prepare':
      run.preparation.forget();
      // A task that asks once more is answered once more, with what is prepared now.
      run.answered = null;
      run.preparation.start();
      member.waiting = 'is being prepared';
      return null;
    case 'answer':
      return answer(member, run, step.task);
    case 'repair-address':
      return repairAddress(member, run);
    case 'release':
      return release(member, run);
  }
}

async function adoptNow(member: LocalMember): Promise<Again> {
  const { cell, context } = member;
  const { self, node } = context;
  const written = await cell.change((record) =>
    adopt(record, self, { atMs: node.clock.wallNowMs(), rules: node.rules }),
  );
  const tenure = written === null ? null : tenureOf(written, self);
  if (tenure === null) return 0;
  member.begin(tenure, { t0Ms: null, fresh: false, addressKept: false });
  say(context, 'member.adopted', member.id, `generation ${tenure.generation}, without a stop`);
  return 0;
}

async function claimFor(member: LocalMember, task: string): Promise<Again> {
  const { context, cell, holdings, requests } = member;
  const result = await tryClaim(context, cell, { task, holdings });
  switch (result.kind) {
    case 'refuse':
      requests.refuse(task, 'FAILED_PRECONDITION', result.reason, now(member));
      return 0;
    case 'wait':
      member.waiting = result.reason;
      return Math.min(result.ms ?? Number.POSITIVE_INFINITY, pause(member));
    case 'claimed': {
      const addressKept =
        result.from.phase === 'idle' && member.addressFrom === result.from.generation;
      member.begin(result.tenure, { t0Ms: result.t0Ms, fresh: true, addressKept });
      return 0;
    }
  }
}

async function move(member: LocalMember, run: TenureRun): Promise<Again> {
  const result = await run.move.run();
  switch (result.kind) {
    case 'mounted':
      member.requests.restart(now(member));
      say(member.context, 'member.mounted', member.id, `generation ${run.tenure.generation}`);
      return 0;
    case 'lost':
      await member.cell.read();
      return 0;
    case 'wait':
      if (member.waiting === result.reason) await note(member, run, result.reason);
      member.waiting = result.reason;
      return pause(member);
  }
}

/** What still stands in the way at a second look is written down, for people, once. */
export async function note(member: LocalMember, run: TenureRun, reason: string): Promise<void> {
  await member.cell.change((record) => withError(record, run.tenure, reason));
}

/** Only a record that was read just now may let a program start. */
async function answer(member: LocalMember, run: TenureRun, task: string): Promise<Again> {
  const { cell, context, requests } = member;
  const prepared = run.preparation.result;
  let record = (await cell.read())?.value ?? null;
  if (record === null || prepared === null || !stands(record, run.tenure)) return 0;
  if (!record.seeded || record.lastError !== '') {
    record = await cell.change((current) => seeded(current, run.tenure));
    if (record === null) return 0;
  }
  const { isolation } = record;
  if (isolation !== undefined && !(await context.admit(isolation, task))) {
    member.waiting = 'waits for a beat to be acknowledged: it asks for isolation';
    return context.node.timing.pollMs;
  }
  run.answered = task;
  run.fresh = false;
  member.waiting = '';
  const { name } = record;
  const address = addressOf(record, context.node.facts);
  requests.answer(
    task,
    { name, address, volumes: member.folders(record), ...prepared },
    now(member),
  );
  return 0;
}

/** The network gave the address to another, late: its rightful owner takes it back. */
async function repairAddress(member: LocalMember, run: TenureRun): Promise<Again> {
  const { context, cell, record } = member;
  const { pool, addresses } = context.node;
  const address = record?.address ?? null;
  if (address === null) return 0;
  const effect = { permit: run.permit, signal: run.signal };
  try {
    await pool?.assign(address.id, context.node.facts, effect);
    await addresses?.bind(address, effect);
  } catch (error) {
    if (!FireCampError.is(error, 'FAILED_PRECONDITION')) throw error;
    return kill(member, [record?.owner?.task ?? ''], `its address is another's: ${error.message}`);
  }
  member.holdings = { ...member.holdings, bound: address };
  await cell.change((current) => endLease(current, run.tenure));
  return 0;
}

async function kill(member: LocalMember, tasks: readonly string[], reason: string): Promise<Again> {
  const { context, id } = member;
  if (member.waiting !== reason) say(context, 'member.killed', id, reason);
  member.waiting = reason;
  await patiently(member, 'a kill', async (signal) => {
    for (const task of tasks) await context.runtime.kill(task, { signal });
  });
  return context.node.timing.pollMs;
}

/** Its task is over: unmounts, and says so. The volume stays attached until somebody wants it. */
async function release(member: LocalMember, run: TenureRun): Promise<Again> {
  const { cell, context, id, record, holdings } = member;
  const { clock, timing } = context.node;
  await Promise.race([run.preparation.stop(), clock.sleep(timing.requestMs)]);
  if (record?.phase === 'mounted') {
    const begun = await cell.change((current) => releasing(current, run.tenure, clock.wallNowMs()));
    if (begun === null) return 0;
  }
  const addressed = holdings.bound !== null;
  await letGoOfAll(member);
  const asked = cell.known?.value.wanted?.generation === run.tenure.generation;
  const ended = await cell.change((current) => idle(current, run.tenure, clock.wallNowMs()));
  if (ended === null) return 0;
  if (addressed) member.addressFrom = ended.generation;
  say(context, 'member.released', id, `generation ${ended.generation}`);
  if (asked) await detach(member);
  return 0;
}

async function clear(member: LocalMember): Promise<Again> {
  const { cell, context, id } = member;
  const { self, node } = context;
  await cell.change((record) => ownAgentSays(record, self, node.rules));
  say(context, 'member.let-go', id, `boot ${self.boot} holds nothing of it any more`);
  return 0;
}

/** Volumes, address and, last, the files and secrets that its program had here. */
async function letGoOfAll(member: LocalMember): Promise<void> {
  await patiently(member, 'letting go', (signal) => letGo(giveUp(member, signal)));
  const { context, id, ref } = member;
  await patiently(member, 'removing files', () => context.care.forget(ref)).catch(
    (error: unknown) => {
      say(context, 'member.files-left', id, messageOf(error));
    },
  );
}

async function detach(member: LocalMember): Promise<void> {
  await patiently(member, 'a detach', (signal) => releaseVolumes(giveUp(member, signal)));
}

/** A kernel that hangs is left alone after a while, and asked again. */
function patiently<T>(
  member: LocalMember,
  what: string,
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, timing } = member.context.node;
  return within({ clock, ms: timing.releaseStuckMs, what }, act);
}

function giveUp(member: LocalMember, signal: AbortSignal): Parameters<typeof letGo>[0] {
  return {
    node: member.context.node,
    holdings: () => member.holdings,
    held: (holdings) => {
      member.holdings = holdings;
    },
    signal,
  };
}

function now(member: LocalMember): number {
  return member.context.node.clock.monotonicMs();
}

/** Between two looks at what others do: spread, so that claimants do not march in step. */
function pause(member: LocalMember): number {
  const { random, timing } = member.context.node;
  return timing.pollMs * (0.75 + random.next() / 2);
}
