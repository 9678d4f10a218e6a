import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { COLLECTIONS } from '@firecamp/core';
import { expect, test } from 'vitest';
import { type Deployment, memberUser } from './deployment.ts';
import { awaitStreaming, postgresqlDeployment } from './postgresql.ts';

const PAUSE_MS = 5;

/** Looks at every process of this machine, again and again until it is told to stop. */
class ProcessWatch {
  readonly #values: readonly string[];
  readonly found = new Set<string>();
  readonly seen = new Set<string>();
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(values: readonly string[]) {
    this.#values = values;
    this.#done = this.#run();
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
        for (const what of ['cmdline', 'environ'] as const) this.#look(pid, what);
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  #look(pid: string, what: 'cmdline' | 'environ'): void {
    try {
      const text = readFileSync(`/proc/${pid}/${what}`, 'utf8');
      if (what === 'cmdline') this.seen.add(text.split('\0')[0]?.split('/').at(-1) ?? '');
      if (this.#values.some((value) => text.includes(value))) this.found.add(`${what}: ${text}`);
    } catch {
      // It has ended, or is another user's.
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

function filesWith(folder: string, values: readonly string[]): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => values.some((value) => readFileSync(path).includes(value)));
}

async function records(deployment: Deployment): Promise<string> {
  const texts: string[] = [];
  for (const collection of Object.values(COLLECTIONS)) {
    for await (const entry of deployment.database.list(collection)) {
      texts.push(JSON.stringify(entry));
    }
  }
  return texts.join('\n');
}

test('a password is in the files for secrets and nowhere else', async () => {
  await using deployment = await postgresqlDeployment();
  const values = Object.values(deployment.secretValues);
  const watch = new ProcessWatch(values);

  const programs = await Promise.all(
    [0, 1, 2].map((ordinal) => deployment.start(ordinal, `node-${ordinal}`)),
  );
  await awaitStreaming(deployment, deployment.address(0), 2);
  const observed = [0, 1, 2].map(async (ordinal) =>
    deployment
      .care(`node-${ordinal}`)
      .observe(await deployment.cared(ordinal), new AbortController().signal),
  );
  const said = [
    JSON.stringify(await Promise.all(observed)),
    ...programs.map(({ log }) => log),
    ...deployment.logged,
    await records(deployment),
  ];
  await watch.stop();
  // A server that runs removes files of its own while one looks at them.
  await Promise.all(programs.map((program) => program.stop()));

  const files = filesWith(deployment.root, values);
  expect(watch.seen).toContain('initdb');
  expect([...watch.found]).toEqual([]);
  expect(said.filter((text) => values.some((value) => text.includes(value)))).toEqual([]);
  expect(files.length).toBe(6);
  for (const path of files) {
    expect(path).toMatch(/\/nodes\/node-[012]\/secrets\//);
    expect(statSync(path).mode & 0o777).toBe(0o400);
    expect(statSync(path).uid).toBe(memberUser?.uid ?? process.getuid?.());
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  }
});
