import { spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestCluster } from './support/test-cluster.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Each line of each `sh` block, and a mark where the page says that something takes a moment. */
function linesOf(page: string): readonly string[] {
  return [...page.matchAll(/^<!-- (wait): .*? -->$|^```sh\n([\s\S]*?)^```$/gm)].flatMap(
    ([, wait, block]) => (wait === undefined ? (block ?? '').trim().split('\n') : ['wait']),
  );
}

test('the tutorial does what it says', async () => {
  await using cluster = new TestCluster();
  const bin = join(cluster.folder, 'bin');
  mkdirSync(bin);
  const main = join(ROOT, 'packages/cli/dist/main.js');
  writeFileSync(join(bin, 'firecamp'), `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(join(bin, 'firecamp'), 0o755);
  const lines = linesOf(readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8'));
  const printed: string[] = [];

  for (const line of lines) {
    if (line === 'wait') await cluster.ready('pg', ({ members }) => members.length === 3);
    else printed.push(await shell(line, cluster.folder, bin));
  }

  expect(lines.length).toBeGreaterThan(20);
  const addresses = printed.filter((_, index) => {
    const commands = lines.filter((line) => line !== 'wait');
    return commands[index] === 'firecamp dns pg-0';
  });
  expect(addresses).toHaveLength(2);
  expect(addresses[0]).toMatch(/^127\./);
  expect(addresses[1]).toBe(addresses[0]);
});

/** As a person's shell would run it. @throws Error - it did not end well. */
function shell(line: string, folder: string, bin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('/bin/sh', ['-c', line], {
      cwd: folder,
      env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk) => {
      out += chunk;
    });
    child.stderr.on('data', (chunk) => {
      err += chunk;
    });
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${line} ended with ${code}: ${err}`));
    });
  });
}
