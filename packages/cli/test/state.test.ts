import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { ownProcess } from '@firecamp/files';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ClusterFolder } from './cluster-folder.ts';
import { run } from './terminal.ts';

let cluster: ClusterFolder;
let folder = '';

beforeEach(() => {
  cluster = new ClusterFolder();
  folder = cluster.path;
});

afterEach(() => cluster[Symbol.dispose]());

const state = (...path: readonly string[]): string => join(folder, '.firecamp', ...path);

/** Where the sockets are: elsewhere than the rest where its path is too long for one. */
async function runFolder(): Promise<string> {
  return JSON.parse(await readFile(state('state.json'), 'utf8')).runFolder;
}

/** The processes that were called with the folder. */
function called(): readonly string[] {
  return globSync('/proc/[0-9]*/cmdline').filter((path) => {
    try {
      return readFileSync(path, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}

async function names(): Promise<readonly string[]> {
  return (await readdir(folder)).toSorted();
}

test('tokens are made once, one for each node and one for commands, for their owner alone', async () => {
  await run(folder, ['adapters']);
  const made = await readdir(state('tokens'));
  const first = await readFile(state('tokens', 'node.node-1'), 'utf8');
  await run(folder, ['adapters']);

  expect(made.toSorted()).toEqual(['manager.command', 'node.node-1', 'node.node-2', 'node.node-3']);
  expect(await readFile(state('tokens', 'node.node-1'), 'utf8')).toBe(first);
  for (const name of made) {
    expect((await stat(state('tokens', name))).mode & 0o777).toBe(0o600);
  }
  expect((await stat(state('tokens'))).mode & 0o777).toBe(0o700);
});

test('nothing of it is committed by mistake', async () => {
  await run(folder, ['adapters']);

  expect(await readFile(state('.gitignore'), 'utf8')).toBe('*\n');
});

test('a configuration that is wrong leaves nothing behind', async () => {
  await writeFile(join(folder, 'firecamp.yaml'), 'cluster: demo\nvolumes: { use: gone#x }\n');

  const { exitCode } = await run(folder, ['list']);

  expect(exitCode).toBe(2);
  expect(await names()).toEqual(['firecamp.yaml']);
});

test('commands that only look leave nothing behind where there is no cluster', async () => {
  const { exitCode, out } = await run(folder, ['down']);

  expect([exitCode, out]).toEqual([0, 'demo was not up']);
  expect(await names()).toEqual(['firecamp.yaml']);
});

describe('a state folder is refused, and stays as it is, when', () => {
  test.each([
    ['it is of a newer program', '{"schema": 2}', 4, 'has the form 2, and this program knows 1'],
    ['it is no JSON', '{"schema": 1', 4, 'is not JSON'],
    ['it is empty', '', 4, 'is not JSON'],
    ['it lacks what must be there', '{"schema": 1}', 4, 'does not say schema, cluster, runFolder'],
    ['it is a list', '[]', 4, 'does not say schema'],
  ])('%s', async (_what, text, code, message) => {
    await run(folder, ['adapters']);
    await writeFile(state('state.json'), text);

    const { exitCode, err } = await run(folder, ['list']);

    expect(exitCode).toBe(code);
    expect(err).toContain(message);
    expect(await readFile(state('state.json'), 'utf8')).toBe(text);
  });

  test('it belongs to another cluster', async () => {
    await run(folder, ['adapters']);
    await writeFile(join(folder, 'firecamp.yaml'), 'cluster: other\n');

    const { exitCode, err } = await run(folder, ['list']);

    expect(exitCode).toBe(4);
    expect(err).toContain('belongs to the cluster demo, not to other');
  });

  test('it is a copy of one that is there, whose cluster would be meant', async () => {
    await run(folder, ['adapters']);
    const copy = join(folder, 'copy');
    await mkdir(copy);
    await cp(join(folder, 'firecamp.yaml'), join(copy, 'firecamp.yaml'));
    await cp(state(), join(copy, '.firecamp'), { recursive: true });

    for (const args of [['list'], ['down'], ['delete', 'pg']]) {
      const { exitCode, err } = await run(copy, args);

      expect([args, exitCode]).toEqual([args, 4]);
      expect(err).toContain(`is a copy of ${state()}`);
    }
    expect((await stat(await runFolder())).isDirectory()).toBe(true);
  });

  test('others may look into it', async () => {
    await mkdir(state(), { mode: 0o755 });
    await chmod(state(), 0o755);

    const { exitCode, err } = await run(folder, ['list']);

    expect(exitCode).toBe(3);
    expect(err).toContain('others must not look into it');
  });

  test('a plain file has its name', async () => {
    await writeFile(state(), 'mine');

    const { exitCode } = await run(folder, ['list']);

    expect(exitCode).not.toBe(0);
    expect(await readFile(state(), 'utf8')).toBe('mine');
  });
});

test('a state folder may be moved, or reached by another path', async () => {
  const moved = join(folder, 'moved');
  const link = join(folder, 'link');
  await run(folder, ['adapters']);
  await mkdir(moved);
  for (const name of ['firecamp.yaml', '.firecamp']) {
    await rename(join(folder, name), join(moved, name));
  }
  await symlink(moved, link);

  for (const place of [moved, link]) {
    expect(await run(place, ['list'])).toMatchObject({ exitCode: 0 });
  }
  expect(await names()).toEqual(['link', 'moved']);
  await run(link, ['down']);
  expect(await readdir(join(moved, '.firecamp'))).not.toContain('run');
});

test.each(['up', 'down'])(
  'firecamp %s does nothing where it cannot know what runs',
  async (command) => {
    await run(folder, ['adapters']);
    await mkdir(state('host', 'process'), { recursive: true });
    await writeFile(state('host', 'process', '1'), '{"pid":');

    const { exitCode, err } = await run(folder, [command]);

    expect(exitCode).toBe(4);
    expect(err).toContain(`${state('host', 'process')} is damaged`);
    expect(await readFile(state('host', 'process', '1'), 'utf8')).toBe('{"pid":');
  },
);

test('firecamp up that is interrupted says how to go on, and leaves nobody on the way', async () => {
  const started = join(folder, 'started');
  // It takes up to a second to end.
  const script = `trap exit TERM; touch ${started}; while :; do sleep 1; done`;
  const interrupt = new AbortController();

  const running = run(folder, ['up'], {
    self: ['/bin/sh', '-c', script],
    signal: interrupt.signal,
  });
  await expect.poll(() => existsSync(started), { timeout: 20_000 }).toBe(true);
  interrupt.abort();
  const ran = await running;

  expect(called()).toEqual([]);
  expect(ran).toMatchObject({ exitCode: 130, out: '' });
  expect(ran.err).toMatch(/^firecamp: interrupted; to go on: firecamp up; .*: firecamp down$/);
});

test('firecamp up tells in one line why what it started has ended', async () => {
  const says = 'echo "firecamp: x has ended"; echo "firecamp: the port\tis taken"; exit 3';

  const ran = await run(folder, ['up'], { self: ['/bin/sh', '-c', says] });

  expect(ran).toEqual({
    exitCode: 4,
    out: '',
    err: `firecamp: it ended as soon as it was started: the port is taken; see ${state('host', 'host.log')}`,
  });
});

test('firecamp up puts aside what others before it have said, and keeps no more of it', async () => {
  await run(folder, ['adapters']);
  await mkdir(state('host'), { mode: 0o700 });
  await writeFile(state('host', 'host.log'), 'x'.repeat(2 ** 20 + 1), { mode: 0o600 });
  await writeFile(state('host', 'host.log.1'), 'older');

  const ran = await run(folder, ['up'], { self: ['/bin/sh', '-c', 'echo "firecamp: no"; exit 3'] });

  expect(ran.err).toContain('it ended as soon as it was started: no; see ');
  expect(await readFile(state('host', 'host.log'), 'utf8')).toBe('firecamp: no\n');
  expect((await stat(state('host', 'host.log.1'))).size).toBe(2 ** 20 + 1);
});

test('firecamp down signals no process here for one that runs in a container', async () => {
  await run(folder, ['adapters']);
  await mkdir(state('host', 'process'), { recursive: true });
  const there = { ...ownProcess(), namespace: '1' };
  await writeFile(state('host', 'process', '1'), JSON.stringify(there));

  const { exitCode, err } = await run(folder, ['down']);

  expect(exitCode).toBe(4);
  expect(err).toMatch(/it runs in a container, .*; next: firecamp down, in that container/);
  expect((await stat(await runFolder())).isDirectory()).toBe(true);
});

test.each([
  ['manager.command', ''],
  ['manager.command', 'fc1.manager.command.cut-off'],
  ['node.node-2', `fc1.node.node-1.${'a'.repeat(43)}\n`],
  ['node.node-3', '\0\0\0'],
])('firecamp up starts nothing where the token of %s is damaged: %j', async (name, text) => {
  await run(folder, ['adapters']);
  const path = state('tokens', name);
  await writeFile(path, text);

  const { exitCode, err } = await run(folder, ['up']);

  expect(exitCode).toBe(2);
  expect(err).toMatch(/is (empty|damaged): it holds no token .*; remove it, then: firecamp up/);
  expect(err).toContain(path);
  expect(await readFile(path, 'utf8')).toBe(text);
  expect(await readdir(state())).not.toContain('host');
});

test('commands tell that their token is damaged', async () => {
  await run(folder, ['adapters']);
  await writeFile(state('tokens', 'manager.command'), 'x');

  const { exitCode, err } = await run(folder, ['list']);

  expect(exitCode).toBe(2);
  expect(err).toContain(`${state('tokens', 'manager.command')} is damaged`);
});

test('a token that is a folder is told as it is', async () => {
  await run(folder, ['adapters']);
  await rm(state('tokens', 'node.node-1'));
  await mkdir(state('tokens', 'node.node-1'));

  const { exitCode, err } = await run(folder, ['up']);

  expect(exitCode).toBe(2);
  expect(err).toContain(`${state('tokens', 'node.node-1')} is a folder`);
});

test('a database file that is damaged is told, and stays as it is', async () => {
  await run(folder, ['list']);
  await writeFile(state('cluster.db'), 'this is no database, but quite a long text '.repeat(100));
  for (const end of ['-wal', '-shm']) await rm(state(`cluster.db${end}`), { force: true });

  const { exitCode, err } = await run(folder, ['list']);

  expect(exitCode).toBe(4);
  expect(err).toMatch(/cluster\.db|not a database/);
});

test('where the path is too long for sockets, they go to a private folder elsewhere', async () => {
  const deep = join(folder, 'd'.repeat(100));
  await mkdir(deep);
  await writeFile(join(deep, 'firecamp.yaml'), 'cluster: demo\n');

  const { exitCode } = await run(deep, ['adapters']);

  const { runFolder } = JSON.parse(await readFile(join(deep, '.firecamp/state.json'), 'utf8'));
  expect(exitCode).toBe(0);
  expect(runFolder.startsWith(folder)).toBe(false);
  expect(Buffer.byteLength(runFolder)).toBeLessThan(46);
  expect((await stat(runFolder)).mode & 0o777).toBe(0o700);
  await run(deep, ['down']);
  await expect(stat(runFolder)).rejects.toThrow('ENOENT');
});

test('the command says what it needs, when it is run by an old Node', () => {
  const main = join(import.meta.dirname, '../dist/main.js');
  const check = `Object.defineProperty(process.versions, 'node', { value: '20.1.0' });`;

  const call = () =>
    execFileSync(process.execPath, ['--import', `data:text/javascript,${check}`, main, 'list'], {
      stdio: 'pipe',
    });

  expect(call).toThrow(/this is Node 20\.1\.0; it needs 24 or newer/);
});

describe('where the cluster is not up', () => {
  test.each([
    [['create', 'custom', 'web', '--set', 'command=[/bin/true]']],
    [['stop', 'web']],
    [['nodes', 'kill', 'node-1']],
    [['nodes', 'list']],
  ])('%j says so, and records nothing', async (args) => {
    const { exitCode, out, err } = await run(folder, args);

    expect([exitCode, out]).toEqual([5, '']);
    expect(err).toBe('firecamp: demo is not up; next: firecamp up');
    expect((await run(folder, ['operations', 'list', '--output', 'json'])).out).toBe('[]');
  });

  test.each([
    [
      ['create', 'mysql', 'db'],
      /recipe: there is none called mysql; there are custom, postgresql/,
      2,
    ],
    [['create', 'postgresql', 'db', '--members', '33'], /33 members/, 2],
    [['create', 'postgresql', 'db', '--set', 'port=80'], /port/, 2],
    [['create', 'postgresql', 'db', '--set', 'prot=5432'], /prot/, 2],
  ])('%j is refused before that', async (args, message, code) => {
    const { exitCode, err } = await run(folder, args);

    expect(exitCode).toBe(code);
    expect(err).toMatch(message);
  });

  test('what is wrong in a spec is told with file and line', async () => {
    await writeFile(
      join(folder, 'spec.yaml'),
      '# A spec.\nport: 5432\nparameters:\n  fsync: off\n',
    );

    const { exitCode, err } = await run(folder, [
      ...['create', 'postgresql', 'db', '--spec', 'spec.yaml'],
    ]);

    expect(exitCode).toBe(2);
    expect(err).toMatch(/spec\.yaml:4:3: parameters\.fsync: is made by FireCamp/);
  });
});

// Other users run their members as themselves.
if (process.getuid?.() === 0) {
  test('a folder that the members of root could not pass is told, with what opens it', async () => {
    await chmod(folder, 0o700);

    const { exitCode, err } = await run(folder, ['list']);

    expect(exitCode).toBe(4);
    expect(err).toContain(`is beneath ${folder}, which only root may pass`);
    expect(err).toContain(`or: chmod o+x ${folder}`);
  });

  test('firecamp init tells it already, before anybody goes on there', async () => {
    await rm(join(folder, 'firecamp.yaml'));
    await chmod(folder, 0o700);

    const { exitCode, out, err } = await run(folder, ['init', '--name', 'demo']);

    expect(exitCode).toBe(0);
    expect(err).toContain(`is beneath ${folder}, which only root may pass`);
    expect(out).toMatch(/^wrote .*firecamp.yaml\nnext: choose another folder, or: chmod o\+x /);
    expect(await names()).toEqual(['firecamp.yaml']);
  });
}
