import { FireCampError, tenureOf } from '@firecamp/core';
import type { MountAnswer, MountRequest } from './api.ts';
import type { AgentContext } from './context.ts';
import type { MemberWorker } from './member-worker.ts';

/**
 * Waits for the answer to one mount request, at most `answerMs`: the move goes on behind it.
 *
 * @throws `UNAVAILABLE` - not by then. @throws `ABORTED` - the signal fired first.
 */
export async function awaitMount(
  context: AgentContext,
  worker: MemberWorker,
  request: MountRequest,
  signal: AbortSignal | undefined,
): Promise<MountAnswer> {
  const { clock, timing } = context.node;
  const { member } = worker;
  const { answer, leave } = member.requests.ask(request.task);
  const over = new AbortController();
  const cancel = (): void => over.abort();
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted === true) cancel();
  worker.wake();
  const late = clock.sleep(timing.answerMs, over.signal).then(
    () => moving(member.id, member.waiting),
    () =>
      new FireCampError('ABORTED', `member ${member.id}: nobody waits`, {
        operation: 'Agent.mount',
      }),
  );
  const first = await Promise.race([answer, late]);
  signal?.removeEventListener('abort', cancel);
  leave(clock.monotonicMs());
  over.abort();
  if (first instanceof Error) throw first;
  return first;
}

/**
 * Waits until the task's tenure has ended, as long as its release goes on. A task that is still
 * alive keeps the member: then this returns after `requestMs`, and the exit releases it.
 */
export async function awaitRelease(
  context: AgentContext,
  worker: MemberWorker,
  request: MountRequest,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { clock, timing } = context.node;
  const { member } = worker;
  const startMs = clock.monotonicMs();
  worker.wake();
  for (;;) {
    const { record } = member;
    const mine = record !== null && tenureOf(record, context.self) !== null;
    if (record !== null && (!mine || record.owner?.task !== request.task)) return;
    const waitedMs = clock.monotonicMs() - startMs;
    const alive = member.tasks.some(({ id, state }) => id === request.task && state !== 'ended');
    if (waitedMs >= (alive ? timing.requestMs : timing.answerMs) || signal?.aborted === true)
      return;
    await Promise.race([worker.stepped, clock.sleep(timing.pollMs)]);
  }
}

function moving(member: string, waiting: string): FireCampError {
  const why = waiting === '' ? 'is on its way' : waiting;
  return new FireCampError('UNAVAILABLE', `member ${member}: ${why}; ask again`, {
    operation: 'Agent.mount',
    subject: { member },
  });
}
