import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Configuration } from '@firecamp/compose';
import { type ErrorCode, FireCampError } from '@firecamp/core';
import { createFile, fromErrno, orAbsent, Scratch } from '@firecamp/files';
import { makePrivateFolder } from '@firecamp/wire';

/** The newest form of the state folder that this program knows. */
const STATE_SCHEMA = 1;

/** The kernel's room for the path of a socket, less the longest name that is put in the folder. */
const RUN_FOLDER_BYTES_MAX = 107 - 62;

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;

/** The folder beside the configuration in which all that a cluster on one machine has is kept. */
export interface ClusterState {
  readonly folder: string;
  /** For sockets: its path is short enough for them. */
  readonly runFolder: string;
}

/** What `state.json` holds. */
interface StateFile {
  readonly schema: number;
  readonly cluster: string;
  readonly runFolder: string;
}

/**
 * Opens the state folder, and makes what is missing of it: never what is there again.
 *
 * @throws `FAILED_PRECONDITION` - it belongs to another cluster, or a newer program made it.
 * @throws `CORRUPT` - `state.json` is not what this program writes.
 * @throws `PERMISSION_DENIED` - it cannot be written, or others may read it.
 */
export async function openState(configuration: Configuration): Promise<ClusterState> {
  const { stateFolder: folder, nodes } = configuration;
  return await told(folder, async () => {
    await makePrivateFolder(folder);
    await ensureFile(folder, join(folder, '.gitignore'), () => '*\n');
    const found = (await readState(configuration)) ?? (await makeState(configuration));
    await makePrivateFolder(found.runFolder);
    for (const { name } of nodes) await ensureToken(folder, name);
    return found;
  });
}

/** As {@link openState}, but makes nothing. @returns null where there is none. */
export async function readState(configuration: Configuration): Promise<ClusterState | null> {
  const { stateFolder: folder, cluster } = configuration;
  const text = await told(folder, () => readOptional(join(folder, 'state.json')));
  if (text === null) return null;
  const file = parseState(folder, text);
  if (file.cluster !== cluster) {
    throw refusal(
      'FAILED_PRECONDITION',
      folder,
      `belongs to the cluster ${file.cluster}, not to ${cluster}; name it so again, or choose another folder`,
    );
  }
  return { folder, runFolder: file.runFolder };
}

/** The secret by which the database knows a node's agent. @throws `NOT_FOUND`, `CORRUPT`. */
export async function readToken(folder: string, node: string): Promise<string> {
  const path = tokenPath(folder, node);
  const token = (await readOptional(path))?.trim();
  if (token === undefined) throw refusal('NOT_FOUND', path, 'is missing; next: firecamp up');
  if (!TOKEN.test(token))
    throw refusal('CORRUPT', path, 'is not a token; remove it, then: firecamp up');
  return token;
}

/** Where a node's token lies: readable by its owner alone. */
export function tokenPath(folder: string, node: string): string {
  return join(folder, 'tokens', node);
}

async function ensureToken(folder: string, node: string): Promise<void> {
  await makePrivateFolder(join(folder, 'tokens'));
  const fresh = (): string => `${randomBytes(TOKEN_BYTES).toString('base64url')}\n`;
  await ensureFile(folder, tokenPath(folder, node), fresh);
  await readToken(folder, node);
}

async function makeState({ stateFolder, cluster }: Configuration): Promise<ClusterState> {
  const near = join(stateFolder, 'run');
  const short = Buffer.byteLength(near) <= RUN_FOLDER_BYTES_MAX;
  const runFolder = short ? near : await mkdtemp(join(shortTemporary(), 'firecamp-'));
  const file: StateFile = { schema: STATE_SCHEMA, cluster, runFolder };
  const path = join(stateFolder, 'state.json');
  await createFile(scratchIn(stateFolder), path, `${JSON.stringify(file)}\n`);
  // Another command may have been first: what stands there counts.
  const text = await readFile(path, 'utf8');
  const stands = parseState(stateFolder, text).runFolder;
  if (!short && stands !== runFolder) await rm(runFolder, { recursive: true });
  return { folder: stateFolder, runFolder: stands };
}

/** A file that is there stays as it is, and half a file is never seen. */
async function ensureFile(folder: string, path: string, text: () => string): Promise<void> {
  if ((await readOptional(path)) !== null) return;
  await createFile(scratchIn(folder), path, text());
}

function scratchIn(folder: string): Scratch {
  return new Scratch(join(folder, 'scratch'));
}

function shortTemporary(): string {
  const chosen = tmpdir();
  return Buffer.byteLength(chosen) <= RUN_FOLDER_BYTES_MAX - 20 ? chosen : '/tmp';
}

function parseState(folder: string, text: string): StateFile {
  const path = join(folder, 'state.json');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusal('CORRUPT', path, 'is not JSON: restore it from a copy, or remove it', cause);
  }
  const { schema, cluster, runFolder } = Object(value) as Partial<Record<keyof StateFile, unknown>>;
  if (typeof schema === 'number' && schema > STATE_SCHEMA) {
    throw refusal(
      'FAILED_PRECONDITION',
      path,
      `has the form ${schema}, and this program knows ${STATE_SCHEMA} at most; upgrade it`,
    );
  }
  if (schema !== STATE_SCHEMA || typeof cluster !== 'string' || !isFolder(runFolder)) {
    throw refusal('CORRUPT', path, 'does not say schema, cluster and runFolder: remove it');
  }
  return { schema, cluster, runFolder };
}

function isFolder(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('/') && !value.includes('\0');
}

async function readOptional(path: string): Promise<string | null> {
  return await orAbsent(readFile(path, 'utf8'));
}

/** Errors of the filesystem in our codes, with the path that they are about. */
async function told<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw fromErrno('firecamp.state', { path }, cause);
  }
}

function refusal(code: ErrorCode, path: string, what: string, cause?: unknown): FireCampError {
  return new FireCampError(code, `${path} ${what}`, {
    operation: 'firecamp.state',
    subject: { path },
    cause,
  });
}
