import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { resolveName } from '@firecamp/dns-local';
import { expect, test } from 'vitest';
import { servedZone, ZONE } from './zone.ts';

const SHARED = `shared.${ZONE}`;

/** A writer that ends with the test at the latest. */
function startWriter(folder: string, first: number): AsyncDisposable & { child: ChildProcess } {
  const script = join(import.meta.dirname, 'name-writer.process.ts');
  const child = spawn(process.execPath, [script, folder, ZONE, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  return {
    child,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Kills it after so many pieces of output; the generations that it was told are done. */
async function killedAfter(writer: ChildProcess, pieces: number): Promise<readonly number[]> {
  if (writer.stdout === null) return [];
  const said = text(writer.stdout);
  for (let seen = 0; seen < pieces; seen += 1) await once(writer.stdout, 'data');
  writer.kill('SIGKILL');
  return (await said).split('\n').slice(0, -1).map(Number);
}

test('two programs that change one name at once, and are killed, lose nothing they were told', async () => {
  await using zone = await servedZone();
  let most = 0;

  for (let round = 0; round < 5; round += 1) {
    const first = 100_000 * round;
    await using odd = startWriter(zone.folder, first + 1);
    await using even = startWriter(zone.folder, first + 2);
    const told = await Promise.all(
      [odd, even].map(({ child }) => killedAfter(child, 5 + round * 10)),
    );
    most = Math.max(most, ...told.flat());

    const entry = await zone.names.get(SHARED);
    const [served] = (await resolveName(zone.server, SHARED, 'TXT')).values;
    expect(entry?.generation).toBeGreaterThanOrEqual(most);
    expect(entry?.records).toMatchObject([{ values: [String(entry?.generation)] }]);
    expect(served).toBe(String(entry?.generation));
  }
  expect(most).toBeGreaterThan(400_000);
});

test('a program that is stopped in the middle of a change keeps no other from changing', async () => {
  await using zone = await servedZone();
  await using writer = startWriter(zone.folder, 1);
  const { child } = writer;
  if (child.stdout === null) throw new TypeError('the writer has no output');

  for (let turn = 0; turn < 20; turn += 1) {
    await once(child.stdout, 'data');
    child.kill('SIGSTOP');
    await zone.set(`other-${turn}.${ZONE}`, { type: 'TXT', values: ['x'], ttlSeconds: 0 });
    const entry = await zone.names.get(SHARED);
    expect(entry?.records).toMatchObject([{ values: [String(entry?.generation)] }]);
    child.kill('SIGCONT');
  }
});
