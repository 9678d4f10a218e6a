import { expect, test } from 'vitest';
import { Lab, MEMBER } from './support/lab.ts';

test('a task that is let go before it starts and asks again is answered again', async () => {
  const lab = new Lab();
  await lab.create();
  const n1 = lab.node('n1');
  const { agent, stop, ended } = lab.start(n1, 1);
  n1.engine.create('t1', MEMBER);
  let answers = 0;
  const ask = (): void => {
    agent.mount({ task: 't1', member: MEMBER }).then(
      () => {
        answers += 1;
      },
      () => {},
    );
  };

  ask();
  await lab.clock.until('the first answer', () => answers === 1, 60_000);
  const left = agent.unmount({ task: 't1', member: MEMBER });
  await lab.clock.pass(5_000);
  await left;
  ask();
  await lab.clock.until('the second answer', () => answers === 2, 60_000);

  stop();
  await ended;
  expect(await lab.member()).toMatchObject({ phase: 'mounted', generation: 1 });
});
