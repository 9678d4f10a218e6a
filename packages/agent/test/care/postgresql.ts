import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { postgresql, runnablePrograms } from '@firecamp/catalog';
import type { JsonObject } from '@firecamp/core';
import { Client } from 'pg';
import { afterAll } from 'vitest';
import { Deployment, endDeployments, memberUser, poll } from './deployment.ts';

const programsFolder = join(tmpdir(), `firecamp-care-programs-${process.pid}`);
const programs = await runnablePrograms({
  into: programsFolder,
  forOthers: memberUser !== null,
});
afterAll(async () => {
  await endDeployments();
  rmSync(programsFolder, { recursive: true, force: true });
});

/** Small servers: three of them share a machine with other tests. */
export const SPEC: JsonObject = {
  volumeBytes: '1GiB',
  parameters: { shared_buffers: '16MB', max_connections: 20 },
  programs,
};

export async function postgresqlDeployment(
  addressing: 'static' | 'name' = 'static',
  members = 3,
): Promise<Deployment> {
  return Deployment.create({ recipe: postgresql, members, spec: SPEC, addressing, service: 'pg' });
}

/** A connection as the superuser, closed at the end of the block. */
export async function connected(deployment: Deployment, host: string): Promise<Connected> {
  const client = new Client({
    host,
    port: 5432,
    user: 'postgres',
    database: 'postgres',
    password: deployment.secretValues['postgres'],
    connectionTimeoutMillis: 2_000,
  });
  client.on('error', () => {});
  await client.connect();
  return new Connected(client);
}

export class Connected implements AsyncDisposable {
  readonly client: Client;

  constructor(client: Client) {
    this.client = client;
  }

  /** The first column of the first row, as text. */
  async value(query: string): Promise<string> {
    const { rows } = await this.client.query<Record<string, unknown>>(query);
    return String(Object.values(rows[0] ?? {})[0]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.end().catch(() => {});
  }
}

/** Waits until so many standbys stream from the server. */
export async function awaitStreaming(
  deployment: Deployment,
  host: string,
  count: number,
): Promise<void> {
  await poll(`${count} standbys stream from ${host}`, async () => {
    try {
      await using primary = await connected(deployment, host);
      const streaming = await primary.value(
        `SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'`,
      );
      return streaming === String(count);
    } catch {
      return false;
    }
  });
}

/** Commits numbered rows one after another, through whatever address it is given at the time. */
export class Writer {
  readonly acknowledged: number[] = [];
  #next = 1;
  #stopped = false;
  readonly #done: Promise<void>;

  constructor(deployment: Deployment, host: () => string) {
    this.#done = this.#run(deployment, host);
  }

  async #run(deployment: Deployment, host: () => string): Promise<void> {
    while (!this.#stopped) {
      try {
        await using connection = await connected(deployment, host());
        await this.#write(connection);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }

  async #write({ client }: Connected): Promise<void> {
    await client.query('CREATE TABLE IF NOT EXISTS written (id bigint PRIMARY KEY)');
    while (!this.#stopped) {
      const id = this.#next;
      // A row whose answer was lost may be there: its number is not used again.
      this.#next += 1;
      await client.query('INSERT INTO written VALUES ($1)', [id]);
      this.acknowledged.push(id);
    }
  }

  /** Waits until so many more rows than now are acknowledged. */
  async more(count: number): Promise<void> {
    const wanted = this.acknowledged.length + count;
    await poll(`${wanted} rows are written`, async () => this.acknowledged.length >= wanted);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#done;
  }
}

/** The acknowledged rows that the server does not have. */
export async function lostRows(
  deployment: Deployment,
  host: string,
  writer: Writer,
): Promise<readonly number[]> {
  await using server = await connected(deployment, host);
  const { rows } = await server.client.query<{ id: string }>('SELECT id FROM written');
  const found = new Set(rows.map(({ id }) => Number(id)));
  return writer.acknowledged.filter((id) => !found.has(id));
}

/** Waits until a standby has every acknowledged row; before it has the table, it has none. */
export async function awaitAllRows(
  deployment: Deployment,
  host: string,
  writer: Writer,
): Promise<void> {
  await poll(`${host} has all rows`, async () => {
    const lost = await lostRows(deployment, host, writer).catch(() => null);
    return lost?.length === 0;
  });
}
