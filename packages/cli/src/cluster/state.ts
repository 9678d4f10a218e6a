import { lstat, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Configuration, configurationMemory, systemRandom } from '@firecamp/compose';
import { createFile, replaceFile, Scratch } from '@firecamp/files';
import { digestOfToken, type GatewayTokens, makeToken, type Principal } from '@firecamp/gateway';
import { makePrivateFolder } from '@firecamp/wire';
import type { Io } from '../io.ts';
import { closedToMembers } from './closed-to-members.ts';
import { ANY_NETWORK, type ClusterNetwork, chooseNetwork } from './network.ts';
import {
  type ClusterState,
  COMMAND,
  parseState,
  RUN_FOLDER_NAME,
  readOptional,
  readState,
  refusal,
  STATE_SCHEMA,
  type StateFile,
  tokenPath,
  told,
} from './state-file.ts';

/** The kernel's room for the path of a socket, less the longest name that is put in the folder. */
const RUN_FOLDER_BYTES_MAX = 107 - 62;

/**
 * Opens the state folder, and makes what is missing of it: never what is there again.
 *
 * @param network - what a folder that is not there yet is to have; else chosen here.
 * @throws `FAILED_PRECONDITION` - it belongs to another cluster, or a newer program made it.
 * @throws `CORRUPT` - `state.json` is not what this program writes.
 * @throws `PERMISSION_DENIED` - it cannot be written, or others may read it.
 */
export async function openState(
  configuration: Configuration,
  io: Io,
  network?: ClusterNetwork,
): Promise<ClusterState> {
  const { stateFolder: folder, nodes } = configuration;
  return await told(folder, async () => {
    await makeOwnFolder(folder, io);
    await ensureFile(folder, join(folder, '.gitignore'), () => '*\n');
    const found = (await readState(configuration)) ?? (await makeState(configuration, network));
    await makePrivateFolder(found.runFolder);
    const tokens = new TokenFiles(folder);
    await tokens.ensure(COMMAND);
    for (const { name } of nodes) await tokens.ensure({ kind: 'node', name });
    return found;
  });
}

/** Keeps what the configuration says, so that no command parses it again while it stays as it is. */
export async function rememberConfiguration(configuration: Configuration): Promise<void> {
  const { path, text } = await configurationMemory(configuration.document.file);
  if ((await readOptional(path)) === text) return;
  await told(path, () => replaceFile(scratchIn(configuration.stateFolder), path, text));
}

/** The token of each principal, in a file that its owner alone reads. */
export class TokenFiles implements GatewayTokens {
  readonly #folder: string;

  /** @param folder - the state folder. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  path(principal: Principal): string {
    return tokenPath(this.#folder, principal);
  }

  async digestOf(principal: Principal): Promise<string | null> {
    const token = await readOptional(this.path(principal));
    return token === null ? null : digestOfToken(token.trim());
  }

  /** Makes the token where there is none. */
  async ensure(principal: Principal): Promise<void> {
    await makePrivateFolder(join(this.#folder, 'tokens'));
    await ensureFile(this.#folder, this.path(principal), () => `${makeToken(principal)}\n`);
  }
}

async function makeState(
  { stateFolder, cluster, nodes }: Configuration,
  chosen: ClusterNetwork | undefined,
): Promise<ClusterState> {
  const near = join(stateFolder, RUN_FOLDER_NAME);
  const short = Buffer.byteLength(near) <= RUN_FOLDER_BYTES_MAX;
  const runFolder = short ? near : await mkdtemp(join(shortTemporary(), 'firecamp-'));
  const network = chosen ?? (await chooseNetwork(nodes.length, () => systemRandom.next()));
  const file: StateFile = {
    schema: STATE_SCHEMA,
    cluster,
    folder: stateFolder,
    runFolder,
    network,
  };
  const path = join(stateFolder, 'state.json');
  await createFile(scratchIn(stateFolder), path, `${JSON.stringify(file)}\n`);
  // Another command may have been first: what stands there counts.
  const text = await readFile(path, 'utf8');
  const stands = parseState(stateFolder, text);
  if (!short && stands.runFolder !== runFolder) await rm(runFolder, { recursive: true });
  return { folder: stateFolder, runFolder: stands.runFolder, network: stands.network };
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

/** What {@link openState} would make, without making it; its networks will be others. */
export function plannedState({ stateFolder }: Configuration): ClusterState {
  return {
    folder: stateFolder,
    runFolder: join(stateFolder, RUN_FOLDER_NAME),
    network: ANY_NETWORK,
  };
}

/** Members may run as another user, who has to pass through to what is theirs. */
async function makeOwnFolder(folder: string, io: Io): Promise<void> {
  const { uid: own } = io;
  const mode = own === 0 ? 0o711 : 0o700;
  await mkdir(folder, { recursive: true, mode });
  const { uid, mode: stands } = await lstat(folder);
  if (uid !== own || (stands & 0o066) !== 0) {
    throw refusal('PERMISSION_DENIED', folder, 'must be ours, and others must not look into it');
  }
  const closed = await closedToMembers(folder, io);
  if (closed === null) return;
  const { why, remedy } = closed;
  throw refusal('FAILED_PRECONDITION', folder, `${why}; choose another folder, or: ${remedy}`);
}
