import { FireCampError } from '@firecamp/core';
import { afterEach, expect, test } from 'vitest';
import { Lab, MEMBER, type RunningAgent } from './support/lab.ts';

const running: RunningAgent[] = [];

afterEach(async () => {
  for (const { stop } of running) stop();
  await Promise.all(running.splice(0).map(({ ended }) => ended));
});

/** A member whose preparation fails until `fault.text` is empty. */
async function failing(text: string) {
  const lab = new Lab();
  await lab.create();
  const fault = { text, runs: 0 };
  lab.care = {
    ...lab.care,
    prepare: async () => {
      fault.runs += 1;
      if (fault.text === '') return { files: '/files', secrets: '/secrets' };
      throw new FireCampError('INTERNAL', fault.text, { operation: 'care.prepare' });
    },
  };
  const n1 = lab.node('n1');
  const agent = lab.start(n1, 1);
  running.push(agent);
  n1.engine.create('t1', MEMBER);
  const answered = agent.agent.mount({ task: 't1', member: MEMBER });
  answered.catch(() => {});
  await lab.clock.until('it has failed', () => fault.runs > 1, 60_000);
  const lastError = async () => (await lab.member()).lastError;
  const told = async (words: string) =>
    lab.clock.until(words, async () => (await lastError()).includes(words), 60_000);
  return { lab, fault, answered, lastError, told };
}

test('the record says what fails in a preparation that fails for long, and since when', async () => {
  const { lab, lastError, told } = await failing('pg-0: initialize: no space');
  const firstMs = lab.clock.wallNowMs();

  expect(await lastError()).toBe('');
  await told('pg-0: initialize: no space');

  const [, since = ''] = /again and again, since (\S+): /.exec(await lastError()) ?? [];
  expect(Math.abs(Date.parse(since) - firstMs)).toBeLessThan(1_000);
});

test('another failure is told later, and none once the preparation has succeeded', async () => {
  const { lab, fault, answered, lastError, told } = await failing('pg-0: initialize: no space');
  await told('no space');

  fault.text = 'pg-0: initialize: no rights';
  await told('no rights');
  fault.text = '';
  await lab.clock.until('nothing is told', async () => (await lastError()) === '', 60_000);

  expect((await answered).files).toBe('/files');
});
