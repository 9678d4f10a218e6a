import { Resolver } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Account } from './account.ts';
import type { Connection, FireCamp, Status } from './firecamp.ts';
import { type Audit, audit, createLedger, streaming, withSession } from './ledger.ts';
import { type Target, Writer } from './writer.ts';

const SERVICE = 'pg';
const MEMBERS = 3;
/** Rows that are written before the node is killed, and after its member is back. */
const ROWS = 300;
const WAIT_MS_MAX = 120_000;
const LOOK_MS = 100;

/** What the demo shows in its closing table. */
export interface Outcome {
  readonly member: string;
  readonly nodeBefore: string;
  readonly nodeAfter: string;
  readonly addressBefore: string;
  readonly addressAfter: string;
  readonly dnsName: string;
  readonly dnsBefore: string;
  readonly dnsAfter: string;
  readonly standbys: readonly string[];
  readonly acknowledged: number;
  readonly audit: Audit;
  readonly secondsWithout: number;
}

/** Tells the story once. What it starts is ended by whoever made the cluster. */
export async function tellStory(
  cluster: FireCamp,
  account: Account,
  byName: boolean,
): Promise<Outcome> {
  account.tell('starting three nodes in three zones, each a group of processes of its own');
  await cluster.run(['up'], account.progress());
  await createService(cluster, account, byName);
  const before = await leader(cluster);
  const connection = await cluster.json<Connection>(['connect', SERVICE, '--reveal']);
  const resolve = await resolver(cluster, before.dnsName);
  const dnsBefore = await resolve();
  await withSession(connection, createLedger);
  const find = async (): Promise<Target> => ({
    host: byName ? await resolve() : connection.host,
    port: connection.port,
  });
  const writer = new Writer({ ...connection, find });
  writer.start();
  try {
    await writer.more(ROWS, WAIT_MS_MAX);
    account.tell(`a writer commits numbered rows: ${writer.acknowledged} so far`);
    await cluster.run(['nodes', 'kill', before.node]);
    account.tell(`${before.node} is killed, with the primary ${before.name} and all else on it`);
    await writer.more(ROWS, WAIT_MS_MAX);
    const after = await movedLeader(cluster, before.node);
    account.tell(`${after.name} serves on ${after.node}: same volume, ${writer.acknowledged} rows`);
    const now = { ...connection, host: (await find()).host };
    const standbys = await allStream(now);
    account.tell(`${standbys.join(' and ')} stream from it again`);
    await writer.more(ROWS, WAIT_MS_MAX);
    await writer.stop();
    return {
      member: after.name,
      nodeBefore: before.node,
      nodeAfter: after.node,
      addressBefore: connection.host,
      addressAfter: now.host,
      dnsName: before.dnsName,
      dnsBefore,
      dnsAfter: await resolve(),
      standbys,
      acknowledged: writer.acknowledged,
      audit: await withSession(now, (client) => audit(client, writer.acknowledged)),
      secondsWithout: (writer.longestGap.toMs - writer.longestGap.fromMs) / 1000,
    };
  } finally {
    await writer.stop();
  }
}

async function createService(cluster: FireCamp, account: Account, byName: boolean): Promise<void> {
  const addressing = byName ? 'name' : 'static';
  account.tell(`creating ${SERVICE}: PostgreSQL 18, a primary and two standbys`);
  await cluster.run(
    ['create', 'postgresql', SERVICE, '--members', `${MEMBERS}`, '--addressing', addressing],
    account.progress(),
  );
  const { members } = await cluster.json<Status>(['status', SERVICE]);
  for (const { name, node, role, address, dnsName } of members) {
    account.tell(`  ${name}: ${role} on ${node}, ${address ?? 'found by name'}, ${dnsName}`);
  }
}

interface Leader {
  readonly name: string;
  readonly node: string;
  readonly dnsName: string;
}

async function leader(cluster: FireCamp): Promise<Leader> {
  const { service, members } = await cluster.json<Status>(['status', SERVICE]);
  const found = members.find(({ ordinal }) => ordinal === service.leader);
  if (found?.node == null) throw new Error(`${SERVICE} has no leader that runs`);
  return { name: found.name, node: found.node, dnsName: found.dnsName };
}

/** The leader, once all members say that they serve and it is not where it was. */
async function movedLeader(cluster: FireCamp, from: string): Promise<Leader> {
  return await until('the members are ready', async () => {
    const { members } = await cluster.json<Status>(['status', SERVICE]);
    const all = members.length === MEMBERS && members.every(({ ready }) => ready);
    const now = await leader(cluster);
    return all && now.node !== from ? now : null;
  });
}

async function allStream(connection: Connection): Promise<readonly string[]> {
  return await until('the standbys stream', async () => {
    const names = await withSession(connection, streaming);
    return names.length === MEMBERS - 1 ? names : null;
  });
}

/** Asks the cluster's DNS server, and no other, each time anew. */
async function resolver(cluster: FireCamp, name: string): Promise<() => Promise<string>> {
  const { server } = await cluster.json<{
    readonly server: { readonly address: string; readonly port: number };
  }>(['dns', name]);
  const asking = new Resolver({ timeout: 500, tries: 2 });
  asking.setServers([`${server.address}:${server.port}`]);
  return async () => (await asking.resolve4(name))[0] ?? '';
}

async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  const endMs = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (performance.now() > endMs) throw new Error(`${what}: not within ${WAIT_MS_MAX / 1000} s`);
    await sleep(LOOK_MS);
  }
}
