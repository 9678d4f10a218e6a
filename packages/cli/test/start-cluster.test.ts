import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { type ClusterHooks, type RunningCluster, startCluster } from '@firecamp/cli';
import { readConfiguration } from '@firecamp/compose';
import type { FireCampEvent } from '@firecamp/core';
import { expect, test } from 'vitest';
import { ClusterFolder } from './cluster-folder.ts';

const ASKED = { who: 'a test', why: '' };
const SPEC = { command: ['/bin/sleep', '1000000'] };
const WISH = { name: 'web', recipe: 'custom', spec: SPEC, members: 1, addressing: 'name' } as const;

class Folder extends ClusterFolder {
  constructor(more: string) {
    super();
    const nodes = 'nodes: [{ name: node-1, zone: a }]\nrecipes: [custom]\n';
    writeFileSync(this.file, `cluster: demo\n${nodes}${more}`);
  }

  get file(): string {
    return join(this.path, 'firecamp.yaml');
  }

  async start(hooks: ClusterHooks): Promise<RunningCluster> {
    return await startCluster(await readConfiguration(this.file), hooks);
  }

  /** Something that answers where the manager of the cluster did. */
  async answering(): Promise<Server> {
    const { runFolder } = JSON.parse(
      readFileSync(join(this.path, '.firecamp', 'state.json'), 'utf8'),
    );
    mkdirSync(runFolder, { mode: 0o700 });
    const server = createServer().listen(join(runFolder, 'gateway.sock'));
    await once(server, 'listening');
    return server;
  }

  /** What still runs of it: each as its command line. */
  processes(): readonly string[] {
    return globSync('/proc/[0-9]*/cmdline').flatMap((path) => {
      try {
        const words = readFileSync(path, 'utf8').replaceAll('\0', ' ');
        return words.includes(this.path) ? [words] : [];
      } catch {
        // It has ended meanwhile.
        return [];
      }
    });
  }
}

test('a program runs a cluster: its hooks are told, no error comes first, nothing runs on', async () => {
  using folder = new Folder('');
  const events: FireCampEvent[] = [];
  const traced = new Set<string>();
  const lines: string[] = [];
  {
    await using cluster = await folder.start({
      events: (event) => events.push(event),
      trace: ({ operation }) => traced.add(operation),
      log: (line) => lines.push(line),
    });
    const { manager } = cluster;
    expect((await manager.nodes()).items.map(({ id }) => id)).toEqual(['node-1']);
    const { id } = await manager.create({
      ...{ ...ASKED, ...WISH, request: 'create', deletion: 'wipe' },
    });
    expect((await manager.follow(id, () => {})).state).toBe('done');
    expect(folder.processes().length).toBeGreaterThan(0);

    // The machine is played once, and whoever is refused leaves the others alone.
    await expect(folder.start({ events: () => {} })).rejects.toMatchObject({
      code: 'FAILED_PRECONDITION',
    });
    const [member] = (await manager.status('web')).members;
    expect(member?.record.phase).toBe('mounted');
  }

  expect(events[0]?.kind).toBe('operation.started');
  expect(events.map(({ kind }) => kind)).toContain('operation.done');
  expect(traced).toContain('Database.write');
  expect(traced).toContain('Orchestrator.applyUnit');
  expect(lines).toContain('firecamp: processes has ended');
  expect(folder.processes()).toEqual([]);
  expect(existsSync(join(folder.path, '.firecamp', 'run'))).toBe(false);
});

test('what is wanted of a service is so again when another program starts the cluster', async () => {
  using folder = new Folder('');
  const incarnationOf = async ({ manager }: RunningCluster): Promise<string | undefined> => {
    await expect.poll(async () => (await manager.status('web')).members[0]?.ready).toBe(true);
    return (await manager.status('web')).members[0]?.record.owner?.incarnation;
  };
  let first: string | undefined;
  {
    await using cluster = await folder.start({ events: () => {} });
    const asked = { ...ASKED, ...WISH, request: 'first', deletion: 'retain' } as const;
    await cluster.manager.follow((await cluster.manager.create(asked)).id, () => {});
    first = await incarnationOf(cluster);
  }
  {
    // Such as a manager that a person has started: one that is refused here takes nothing.
    await using _other = await folder.answering();
    await expect(folder.start({ events: () => {} })).rejects.toThrow('another manager listens');
  }
  await using again = await folder.start({ events: () => {} });
  const second = await incarnationOf(again);
  expect([first, second]).toEqual([expect.any(String), expect.any(String)]);
  expect(second).not.toBe(first);
});

test('a cluster that cannot be started is refused before anything of it is made', async () => {
  using folder = new Folder('volumes: "@nobody/here#volumes"\n');
  await expect(folder.start({ events: () => {} })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
  expect(existsSync(join(folder.path, '.firecamp'))).toBe(false);
});
