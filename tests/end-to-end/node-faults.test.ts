import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Connection, Status } from '../../scripts/demo/firecamp.ts';
import { audit, streaming, withSession } from '../../scripts/demo/ledger.ts';
import type { Writer } from '../../scripts/demo/writer.ts';
import { parseMetrics } from './support/metrics.ts';
import { signal, TestCluster, until, writerTo } from './support/test-cluster.ts';

// Longer than the embedded cluster's silence of 5 s, and than a manager that looks again.
const SILENT_MS = 8_000;
const ANSWER_MS_MAX = 3_000;
const ROWS = 100;
const ROWS_MS_MAX = 180_000;

let cluster: TestCluster;
let connection: Connection;

beforeAll(async () => {
  cluster = await TestCluster.up();
  connection = await cluster.postgresql('pg');
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await nodesBeat();
  await cluster.ready('pg');
});

/** The primary, while a writer writes; after it every row that was acknowledged is there. */
async function whileWriting(
  act: (primary: Status['members'][number], writer: Writer) => Promise<void>,
): Promise<void> {
  const { members, service } = await cluster.ready('pg');
  const primary = members.find(({ ordinal }) => ordinal === service.leader);
  if (primary === undefined) throw new Error('there is no primary');
  const from = await withSession(connection, async (client) => {
    const { rows } = await client.query<{ max: string | null }>('SELECT max(number) FROM ledger');
    return Number(rows[0]?.max ?? 0);
  });
  const writer = writerTo(connection, from);
  try {
    await writer.more(ROWS, ROWS_MS_MAX);
    await act(primary, writer);
    await writer.more(ROWS, ROWS_MS_MAX);
  } finally {
    await writer.stop();
  }
  const { missing } = await withSession(connection, (client) => audit(client, writer.acknowledged));
  expect(missing).toEqual([]);
}

/** When the primary's program began: another time means that it was stopped in between. */
async function startOfPrimary(): Promise<string> {
  return await withSession(connection, async (client) => {
    const { rows } = await client.query<{ at: string }>(
      'SELECT pg_postmaster_start_time()::text AS at',
    );
    return rows[0]?.at ?? '';
  });
}

/** Where each member runs, and since when its program does: another means that it was stopped. */
async function lives(): Promise<readonly { readonly name: string }[]> {
  const { members } = await cluster.status('pg');
  return await Promise.all(
    members.map(async ({ name, node, address }) => {
      const to = { ...connection, host: String(address) };
      const { rows } = await withSession(to, (client) =>
        client.query('SELECT pg_postmaster_start_time()::text AS at'),
      );
      return { name, node, began: rows };
    }),
  );
}

/** Where a standby finds its primary: on its own node, at a gate. */
async function wayToPrimary(standby: string | undefined): Promise<{ host: string; port: number }> {
  const { members } = await cluster.status('pg');
  const host = String(members.find(({ name }) => name === standby)?.address);
  const { rows } = await withSession({ ...connection, host }, (client) =>
    client.query<{ conninfo: string }>('SELECT conninfo FROM pg_stat_wal_receiver'),
  );
  const found = / host=(\S+) port=(\d+)/.exec(rows[0]?.conninfo ?? '');
  if (found === null) throw new Error(`${standby} follows nobody: ${rows[0]?.conninfo}`);
  return { host: String(found[1]), port: Number(found[2]) };
}

/** Whether a server there answers what every client of PostgreSQL asks first: about encryption. */
async function answers(at: { readonly host: string; readonly port: number }): Promise<boolean> {
  const socket = connect({ ...at, timeout: ANSWER_MS_MAX });
  try {
    return await new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true));
      for (const end of ['timeout', 'error', 'close']) socket.once(end, () => resolve(false));
      socket.write(Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]));
    });
  } finally {
    socket.destroy();
  }
}

interface Node {
  readonly id: string;
  readonly boot: string | null;
  readonly beat: { readonly state: string; readonly boot: string } | null;
}

async function nodesBeat(): Promise<readonly Node[]> {
  return await until('all nodes beat', async () => {
    const nodes = await cluster.json<readonly Node[]>('nodes', 'list');
    return nodes.every(({ beat, boot }) => beat?.state === 'beating' && beat.boot === boot)
      ? nodes
      : null;
  });
}

async function nodeOf(id: string | null): Promise<Node> {
  const found = (await cluster.json<readonly Node[]>('nodes', 'list')).find(
    (node) => node.id === id,
  );
  if (found === undefined) throw new Error(`there is no node ${id}`);
  return found;
}

/** What the agent of a node says to a collector that asks it on its socket. */
async function metricsOf(node: string): Promise<string> {
  const line = readFileSync(`/proc/${await cluster.agent(node)}/cmdline`, 'utf8').split('\0');
  const socketPath = line[line.indexOf('--socket') + 1];
  return await new Promise((resolve, reject) => {
    const asked = request({ socketPath, path: '/metrics', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.once('end', () => {
        const type = response.headers['content-type'];
        resolve(response.statusCode === 200 && type?.startsWith('text/plain') ? text : '');
      });
    });
    asked.once('error', reject).end();
  });
}

test('the agents tell collectors the name, the role and the generation of each member', async () => {
  const { members } = await cluster.ready('pg');

  for (const { name, node, role, generation } of members) {
    const samples = parseMetrics(await metricsOf(String(node)));

    const of = (metric: string) => samples.filter((each) => each.name === metric);
    const ofMember = (metric: string) =>
      of(metric).filter(({ labels }) => labels['member'] === name);
    expect(of('firecamp_agent_state').find(({ value }) => value === 1)?.labels).toEqual({
      node,
      state: 'beating',
    });
    const info = { member: name, phase: 'mounted', role };
    expect(ofMember('firecamp_member_info').map(({ labels }) => labels)).toEqual([info]);
    const values = ['generation', 'owned', 'ready'].flatMap((what) =>
      ofMember(`firecamp_member_${what}`).map(({ value }) => value),
    );
    expect(values).toEqual([generation, 1, 1]);
  }
});

test('an agent that is killed is followed by one that adopts its members: nothing stops', async () => {
  const started = await startOfPrimary();

  await whileWriting(async (primary) => {
    const { incarnation } = (await nodeOf(primary.node)) as Node & { incarnation: string };
    signal(await cluster.agent(String(primary.node)), 'SIGKILL');
    await until('another agent beats', async () => {
      const node = (await nodeOf(primary.node)) as Node & { incarnation: string };
      return node.incarnation !== incarnation && node.beat?.state === 'beating' ? node : null;
    });
  });

  expect(await startOfPrimary()).toBe(started);
});

test('an agent that is frozen until its node counts as silent stops no member', async () => {
  const started = await startOfPrimary();

  await whileWriting(async (primary, writer) => {
    const pid = await cluster.agent(String(primary.node));
    signal(pid, 'SIGSTOP');
    try {
      await sleep(SILENT_MS);
      await writer.more(ROWS, ROWS_MS_MAX);
    } finally {
      signal(pid, 'SIGCONT');
    }
    await nodesBeat();
    const { members } = await cluster.status('pg');
    expect(members.find(({ name }) => name === primary.name)?.node).toBe(primary.node);
  });

  expect(await startOfPrimary()).toBe(started);
});

test('a manager that is killed or frozen stops no member', async () => {
  const started = await startOfPrimary();

  await whileWriting(async (_primary, writer) => {
    signal(await cluster.manager(), 'SIGKILL');
    await writer.more(ROWS, ROWS_MS_MAX);
    const again = await cluster.manager();
    signal(again, 'SIGSTOP');
    try {
      await sleep(SILENT_MS);
      await writer.more(ROWS, ROWS_MS_MAX);
    } finally {
      signal(again, 'SIGCONT');
    }
  });

  expect(await startOfPrimary()).toBe(started);
});

test('a node that is cut off from the database keeps its members, and is whole again after', async () => {
  const started = await startOfPrimary();

  await whileWriting(async (primary, writer) => {
    await cluster.command.run(['nodes', 'partition', String(primary.node), '--from', 'database']);
    await sleep(SILENT_MS);
    await writer.more(ROWS, ROWS_MS_MAX);
    await cluster.command.run(['nodes', 'heal', String(primary.node)]);
    await nodesBeat();
  });

  expect(await startOfPrimary()).toBe(started);
});

test('a node that is cut off from its peers alone keeps its members, and they stream again after', async () => {
  const before = await lives();

  await whileWriting(async (primary, writer) => {
    const standbys = before.filter(({ name }) => name !== primary.name).map(({ name }) => name);
    const streams = async (wanted: readonly string[]): Promise<true | null> => {
      const now = await withSession(connection, streaming);
      return now.join() === wanted.join() ? true : null;
    };
    const way = await wayToPrimary(standbys[0]);
    await until('the standbys stream', () => streams(standbys));
    expect(await answers(way)).toBe(true);

    const cut = await cluster.json('nodes', 'partition', String(primary.node), '--from', 'peers');
    expect(cut).toEqual({ node: primary.node, done: 'partition', undone: [] });
    await until('nobody streams', () => streams([]));
    expect(await answers(way)).toBe(false);
    await sleep(SILENT_MS);
    await writer.more(ROWS, ROWS_MS_MAX);
    // What is cut stays cut, and is nothing that its manager could see.
    expect([await streams([]), await answers(way)]).toEqual([true, false]);
    const { beat } = await nodeOf(primary.node);
    expect(beat?.state).toBe('beating');

    await cluster.command.run(['nodes', 'heal', String(primary.node)]);
    await until('the standbys stream again', () => streams(standbys));
    expect(await answers(way)).toBe(true);
  });

  await cluster.ready('pg');
  expect(await lives()).toEqual(before);
});

test('the members of a node that is cut off from everything move, once it cannot write', async () => {
  await whileWriting(async (primary) => {
    const { boot } = await nodeOf(primary.node);
    await cluster.command.run(['nodes', 'partition', String(primary.node)]);
    await cluster.ready('pg', ({ members }) =>
      members.every(({ node }) => node !== null && node !== primary.node),
    );
    expect(processesOf(boot)).toEqual([]);
    await cluster.command.run(['nodes', 'heal', String(primary.node)]);
  });
});

test('a frozen node that returns finds its members elsewhere, and nothing of it goes on', async () => {
  await whileWriting(async (primary) => {
    const { boot } = await nodeOf(primary.node);
    await cluster.command.run(['nodes', 'pause', String(primary.node)]);
    await cluster.ready('pg', ({ members }) =>
      members.every(({ node }) => node !== null && node !== primary.node),
    );
    await cluster.command.run(['nodes', 'resume', String(primary.node)]);
    expect(processesOf(boot)).toEqual([]);
  });
});

/** Who owns the primary by its record, and how far that is. */
interface Claim {
  readonly phase: string;
  readonly owner: { readonly node: string; readonly boot: string } | null;
}

/** Read where the manager writes it: to ask a program takes longer than a move. */
class Records implements Disposable {
  readonly #database = new DatabaseSync(join(cluster.folder, '.firecamp/cluster.db'), {
    readOnly: true,
  });
  readonly #select = this.#database.prepare(
    "SELECT value FROM entries WHERE collection = 'members' AND id = ?",
  );

  claim(id: string): Claim {
    return JSON.parse(String(this.#select.get(id)?.['value'])) as Claim;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}

/** How often the node that takes a member over may be done before it can be killed. */
const ROUNDS_MAX = 10;

/** Kills a node, and the one that takes a member of it over. @returns whether that was at it still. */
async function killedWhileMoving(id: string): Promise<boolean> {
  using records = new Records();
  const before = records.claim(id).owner?.node ?? null;
  const processes = new Map<string, readonly number[]>();
  for (const { id: node, boot } of await nodesBeat()) processes.set(node, processesOf(boot));
  const killed = cluster.command.run(['nodes', 'kill', String(before)]);
  const { owner } = await until('another node claims it', async () => {
    const claim = records.claim(id);
    return claim.owner !== null && claim.owner.node !== before ? claim : null;
  });
  for (const pid of processes.get(String(owner?.node)) ?? []) signal(pid, 'SIGKILL');
  const left = records.claim(id);
  await killed;
  await cluster.ready('pg', ({ members }) => members.every(({ node }) => node !== before));
  // The other was not told to stay away: it is back by itself.
  await cluster.command.run(['nodes', 'start', String(before)]);
  return left.phase === 'moving' && left.owner?.boot === owner?.boot;
}

test('a node that is killed in the middle of a move leaves the member to another, with each row', async () => {
  await whileWriting(async (primary, writer) => {
    const { service } = await cluster.json<{ service: { uid: string } }>('status', 'pg');
    let caught = false;
    for (let round = 0; round < ROUNDS_MAX && !caught; round += 1) {
      caught = await killedWhileMoving(`${service.uid}/${primary.ordinal}`);
      await writer.more(ROWS, ROWS_MS_MAX);
      await nodesBeat();
    }
    expect(caught).toBe(true);
  });
});

test('a service that is stopped and started has each row', async () => {
  const started = await startOfPrimary();

  await whileWriting(async () => {
    await cluster.command.run(['stop', 'pg']);
    expect(cluster.processes('/postgres')).toEqual([]);
    await cluster.command.run(['start', 'pg']);
  });

  expect(await startOfPrimary()).not.toBe(started);
});

/** Every process of a run of a node carries its mark. */
function processesOf(boot: string | null): readonly number[] {
  return cluster.marked(String(boot));
}
