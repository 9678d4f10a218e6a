import { existsSync } from 'node:fs';
import { createLedger } from '@firecamp/catalog/testing';
import { expect, test } from 'vitest';
import { Deployment } from './deployment.ts';

test('a deployment that ends while a member is prepared starts no program any more', async () => {
  const begun = Promise.withResolvers<void>();
  const goesOn = Promise.withResolvers<void>();
  const recipe = createLedger(async (moment) => {
    if (moment !== 'beforeStart') return;
    begun.resolve();
    await goesOn.promise;
  });
  const deployment = await Deployment.create({ recipe, members: 1, user: null });
  const outcome = deployment.start(0, 'node-0').then(
    (program) => program.stop().then(() => 'a program was started'),
    (error: unknown) => String(error),
  );
  await begun.promise;

  const ended = deployment[Symbol.asyncDispose]();
  goesOn.resolve();
  await ended;

  expect(await outcome).toContain('care was ended');
  expect(existsSync(deployment.root)).toBe(false);
});
