import { expect, test } from 'vitest';
import { ClusterFolder } from './cluster-folder.ts';
import { run } from './terminal.ts';

test('conformance that is told to end runs no further case, and says so', async () => {
  using folder = new ClusterFolder();

  const told = await run(folder.path, ['conformance', 'secrets'], { signal: AbortSignal.abort() });

  expect(told.exitCode).toBe(130);
  expect(told.out).toBe('');
  expect(told.err).toMatch(/^secrets: running\n.*ended by its signal after 0 of \d+ cases/);
});
