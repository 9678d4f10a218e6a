import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Configuration } from '@firecamp/compose';
import { type ErrorCode, FireCampError } from '@firecamp/core';
import { errno, fromErrno, orAbsent } from '@firecamp/files';
import { isTokenOf, type Principal } from '@firecamp/gateway';
import type { ClusterNetwork } from './network.ts';

// What is read of the state folder by commands that make nothing: they load no more than this.

/** The newest form of the state folder that this program knows. */
export const STATE_SCHEMA = 1;

/** The folder beside the configuration in which all that a cluster on one machine has is kept. */
export interface ClusterState {
  readonly folder: string;
  /** For sockets: its path is short enough for them. */
  readonly runFolder: string;
  /** What this cluster took of the machine's loopback network, so that two rarely meet. */
  readonly network: ClusterNetwork;
}

/** What `state.json` holds. */
export interface StateFile {
  readonly schema: number;
  readonly cluster: string;
  /** The state folder itself, as it was called when it was made; absent in old ones. */
  readonly folder?: string;
  readonly runFolder: string;
  readonly network: ClusterNetwork;
}

/** What stands in the state folder. @returns null where there is none. @throws as its opening. */
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
  return { folder, runFolder: await runFolderOf(folder, file), network: file.network };
}

/** Within a state folder; elsewhere where that has too long a path. */
export const RUN_FOLDER_NAME = 'run';

/**
 * Where the sockets are of the folder that was found at a path.
 *
 * @throws `FAILED_PRECONDITION` - it is a copy: whoever took its word would reach, and end, what
 *   the original runs.
 */
async function runFolderOf(folder: string, { runFolder, ...file }: StateFile): Promise<string> {
  const within = basename(runFolder) === RUN_FOLDER_NAME;
  const made = file.folder ?? (within ? dirname(runFolder) : folder);
  if (made === folder) return runFolder;
  const [here, there] = [await stat(folder), await orAbsent(stat(join(made, 'state.json')))];
  // It was moved, and so were its sockets.
  if (there === null) return within ? join(folder, RUN_FOLDER_NAME) : runFolder;
  const original = await stat(made);
  if (original.ino === here.ino && original.dev === here.dev) return runFolder;
  throw refusal(
    'FAILED_PRECONDITION',
    folder,
    `is a copy of ${made}, whose cluster it would take for its own; work there, or begin anew in another folder`,
  );
}

/** Whoever runs commands, as the database knows them. */
export const COMMAND: Principal = { kind: 'manager', name: 'command' };

/** The file with the token of a principal. @param folder - the state folder. */
export function tokenPath(folder: string, { kind, name }: Principal): string {
  return join(folder, 'tokens', `${kind}.${name}`);
}

/**
 * Without its token a principal is refused by every manager, and seems to be silent.
 *
 * @throws `INVALID_ARGUMENT` - the file does not hold a token of the principal. None is fine.
 */
export async function checkToken(folder: string, principal: Principal): Promise<void> {
  const path = tokenPath(folder, principal);
  const text = await told(path, () => readOptional(path));
  if (text === null || isTokenOf(principal, text.trim())) return;
  const what = text.trim() === '' ? 'is empty' : 'is damaged';
  throw refusal(
    'INVALID_ARGUMENT',
    path,
    `${what}: it holds no token of ${principal.name}; remove it, then: firecamp up`,
  );
}

/** The unix socket on which the manager serves agents and commands. */
export function gatewaySocket({ runFolder }: ClusterState): string {
  return join(runFolder, 'gateway.sock');
}

export function parseState(folder: string, text: string): StateFile {
  const path = join(folder, 'state.json');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw refusal('CORRUPT', path, 'is not JSON: restore it from a copy, or remove it', cause);
  }
  const {
    schema,
    cluster,
    folder: made,
    runFolder,
    network,
  } = Object(value) as Partial<Record<keyof StateFile, unknown>>;
  if (typeof schema === 'number' && schema > STATE_SCHEMA) {
    throw refusal(
      'FAILED_PRECONDITION',
      path,
      `has the form ${schema}, and this program knows ${STATE_SCHEMA} at most; upgrade it`,
    );
  }
  const whole = typeof cluster === 'string' && isFolder(runFolder) && isNetwork(network);
  if (schema === STATE_SCHEMA && whole) {
    return { schema, cluster, runFolder, network, ...(isFolder(made) ? { folder: made } : {}) };
  }
  const keys = 'schema, cluster, runFolder and network';
  throw refusal('CORRUPT', path, `does not say ${keys}: restore it from a copy, or remove it`);
}

function isNetwork(value: unknown): value is ClusterNetwork {
  const { members, nodes, dnsPort } = Object(value) as Partial<Record<string, unknown>>;
  return [members, nodes, dnsPort].every((each) => Number.isSafeInteger(each));
}

function isFolder(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('/') && !value.includes('\0');
}

/** @returns null where there is none. @throws `INVALID_ARGUMENT` - there is a folder. */
export async function readOptional(path: string): Promise<string | null> {
  try {
    return await orAbsent(readFile(path, 'utf8'));
  } catch (error) {
    if (errno(error) !== 'EISDIR') throw error;
    throw refusal('INVALID_ARGUMENT', path, 'is a folder, and should be a file', error);
  }
}

/** Errors of the filesystem in our codes, with the path that they are about. */
export async function told<T>(path: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    throw fromErrno('firecamp.state', { path }, cause);
  }
}

export function refusal(
  code: ErrorCode,
  path: string,
  what: string,
  cause?: unknown,
): FireCampError {
  return new FireCampError(code, `${path} ${what}`, {
    operation: 'firecamp.state',
    subject: { path },
    cause,
  });
}
