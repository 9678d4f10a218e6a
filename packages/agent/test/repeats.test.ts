import { FireCampError } from '@firecamp/core';
import { afterEach, expect, test } from 'vitest';
import { Lab, type LabNode, MEMBER, type RunningAgent } from './support/lab.ts';

const running: RunningAgent[] = [];

afterEach(async () => {
  for (const { stop } of running) stop();
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});

const MANY = 1_000;
const ASKED = { task: 't1', member: MEMBER };

/** An agent whose member is mounted for the task `t1`, which runs. */
async function mounted(): Promise<{ lab: Lab; n1: LabNode; agent: RunningAgent['agent'] }> {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const made = lab.start(n1, 1);
  running.push(made);
  n1.engine.create('t1', MEMBER);
  let answered = false;
  made.agent.mount(ASKED).then(
    () => {
      answered = true;
      n1.engine.start('t1');
    },
    () => {},
  );
  await lab.clock.until('t1 is answered', () => answered, 60_000);
  return { lab, n1, agent: made.agent };
}

/** Ends with the promise, while time passes. */
async function outcome(lab: Lab, asked: Promise<unknown>): Promise<unknown> {
  let ended: { readonly with: unknown } | null = null;
  asked.then(
    () => {
      ended = { with: 'done' };
    },
    (error: unknown) => {
      ended = { with: FireCampError.is(error) ? error.code : error };
    },
  );
  await lab.clock.until('it is answered', () => ended !== null, 300_000);
  return (ended as { readonly with: unknown } | null)?.with;
}

test('a mount that is asked for again, or a thousand times at once, moves nothing', async () => {
  const { lab, agent } = await mounted();
  const before = lab.effects();

  const first = await outcome(lab, agent.mount(ASKED));
  const all = Promise.all(Array.from({ length: MANY }, () => agent.mount(ASKED)));

  expect([first, await outcome(lab, all)]).toEqual(['done', 'done']);
  expect(lab.effects()).toBe(before);
  expect(await lab.member()).toMatchObject({ generation: 1, phase: 'mounted' });
});

test.each(['unmount', 'beforeStop'] as const)(
  '%s for a task that it never saw is fine, and touches no other',
  async (method) => {
    const { lab, n1, agent } = await mounted();
    const before = lab.effects();
    const unknown = [
      { task: 'never', member: MEMBER },
      { task: 't1', member: { service: 'nobody', ordinal: 0 } },
      { task: '', member: { ...MEMBER, ordinal: 9_999 } },
    ];

    for (const asked of unknown) {
      expect([asked, await outcome(lab, agent[method](asked))]).toEqual([asked, 'done']);
    }

    expect(lab.effects()).toBe(before);
    expect(n1.kernel.mounted.size).toBe(2);
    expect(await lab.member()).toMatchObject({ generation: 1, phase: 'mounted' });
  },
);
