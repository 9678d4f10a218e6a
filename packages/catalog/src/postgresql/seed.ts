import { join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import type { Client } from 'pg';
import type { HookContext, Peer } from '../recipe.ts';
import { type BackupPart, streamBackup } from './backup-stream.ts';
import { withClient } from './connection.ts';
import { FolderWriter } from './folder-writer.ts';
import { manifestFaults } from './manifest.ts';
import { DATA_FOLDER, DATA_ROLE, REPLICATION_USER, slotOf } from './names.ts';
import { identifier, literal } from './quoting.ts';
import { type PostgresqlSpec, portOf } from './spec.ts';
import { type TarEvent, TarParser } from './tar.ts';

type Context = HookContext<PostgresqlSpec>;

/** Without it a copy would start as a second primary. */
export const STANDBY_SIGNAL = 'standby.signal';
const EMPTY_SIGNAL: readonly TarEvent[] = [
  { kind: 'entry', type: 'file', path: STANDBY_SIGNAL, sizeBytes: 0 },
  { kind: 'end' },
];

/**
 * Copies the primary's data by its own backup protocol into an empty folder. The slot comes first,
 * so that the primary keeps all WAL from before the copy until this member has it.
 */
export async function seedStandby(context: Context, from: Peer): Promise<void> {
  const host = from.address;
  if (host === null) throw away(context, from, 'has no address that is known here');
  const port = portOf(context.facts.spec, from.ordinal);
  const target = { host, port, user: REPLICATION_USER, replication: true } as const;
  await withClient(context, target, async (client) => {
    await checkPrimary(context, from, client);
    await makeSlot(client, slotOf(context.facts.name));
    await copy(context, from, client);
  });
}

async function show(client: Client, setting: string): Promise<string> {
  const { rows } = await client.query<Record<string, string>>(`SHOW ${setting}`);
  return Object.values(rows[0] ?? {})[0] ?? '';
}

/** An address may by now be another's: the password and this name say whose server it is. */
async function checkPrimary(context: Context, from: Peer, client: Client): Promise<void> {
  const name = await show(client, 'cluster_name');
  if (name !== from.name) throw away(context, from, `is not there: ${name} answers in its place`);
  if ((await show(client, 'in_hot_standby')) !== 'off') {
    throw away(context, from, 'does not lead: it is a standby itself');
  }
}

/** A slot that an earlier attempt left holds WAL that this one does not need. */
async function makeSlot(client: Client, slot: string): Promise<void> {
  const name = identifier(slot);
  const { rows } = await client.query<{ slot_type: string | null }>(
    `READ_REPLICATION_SLOT ${name}`,
  );
  if ((rows[0]?.slot_type ?? null) !== null) {
    await client.query(`DROP_REPLICATION_SLOT ${name}`);
  }
  await client.query(`CREATE_REPLICATION_SLOT ${name} PHYSICAL (RESERVE_WAL true)`);
}

async function copy(context: Context, from: Peer, client: Client): Promise<void> {
  const root = join(context.facts.paths.volumes[DATA_ROLE] ?? '', DATA_FOLDER);
  const writer = new FolderWriter(root, context.user);
  const label = literal(`firecamp ${context.facts.name}`);
  const command =
    `BASE_BACKUP (LABEL ${label}, CHECKPOINT 'fast', WAL true, ` +
    "MANIFEST 'yes', MANIFEST_CHECKSUMS 'SHA256')";
  try {
    const manifest = await receive(streamBackup(client, command), writer);
    await writeAll(writer, EMPTY_SIGNAL);
    const received = new Map(await writer.finish());
    received.delete(STANDBY_SIGNAL);
    const faults = manifestFaults(manifest, received);
    if (faults.length > 0) throw damaged(context, from, faults);
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}

/** @returns the manifest. */
async function receive(parts: AsyncIterable<BackupPart>, writer: FolderWriter): Promise<string> {
  const tar = new TarParser();
  const manifest: Buffer[] = [];
  let into: 'nothing' | 'archive' | 'manifest' = 'nothing';
  for await (const part of parts) {
    if (part.kind !== 'data') {
      into = next(into, part.kind);
      if (into === 'manifest') tar.close();
    } else if (into === 'manifest') {
      manifest.push(part.chunk);
    } else {
      await writeAll(writer, tar.push(part.chunk));
    }
  }
  if (into !== 'manifest') throw new Error('the backup came without a manifest');
  return Buffer.concat(manifest).toString('utf8');
}

function next(
  before: 'nothing' | 'archive' | 'manifest',
  kind: 'archive' | 'manifest',
): typeof kind {
  if (kind === 'archive' && before !== 'nothing') {
    throw new Error('the primary has tablespaces, which cannot be copied');
  }
  return kind;
}

async function writeAll(writer: FolderWriter, events: readonly TarEvent[]): Promise<void> {
  for (const event of events) await writer.take(event);
}

function away({ facts }: Context, from: Peer, why: string): FireCampError {
  return new FireCampError('UNAVAILABLE', `${facts.name}: ${from.name} ${why}`, {
    operation: 'postgresql.seed',
    subject: { member: facts.name, from: from.name },
  });
}

function damaged({ facts }: Context, from: Peer, faults: readonly string[]): FireCampError {
  const what = faults.join('; ');
  return new FireCampError('CORRUPT', `${facts.name}: the copy of ${from.name}: ${what}`, {
    operation: 'postgresql.seed',
    subject: { member: facts.name, from: from.name },
  });
}
