import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  type Acquired,
  type AdapterContext,
  type CallOptions,
  type Content,
  FireCampError,
  type Mounted,
  type Mounts,
} from '@firecamp/core';
import { createFile, orAbsent, type Purpose, syncTree } from '@firecamp/files';
import { Backend, purposeOf } from './backend.ts';
import { FILES, MARKER } from './data-folders.ts';
import { parseOptions } from './options.ts';
import { type Boot, bootOf, heldBy, programsSince, type VolumeRecord } from './records.ts';
import { usersOf } from './users-of.ts';

/**
 * The agent's hands for volumes that are folders. Nothing is mounted in the kernel: the volume's
 * record says that this boot of this node has handed the folder out, so that it is neither
 * released nor removed, and a restarted agent finds it again.
 *
 * @param root - as in the options of `sharedDirectories`.
 */
export function directoryMounts(
  root: string,
  context: Pick<AdapterContext, 'node' | 'boot'>,
): Mounts {
  return new DirectoryMounts(new Backend(parseOptions({ root }).root), bootOf(context));
}

class DirectoryMounts implements Mounts {
  readonly #backend: Backend;
  readonly #own: Boot;

  constructor(backend: Backend, own: Boot) {
    this.#backend = backend;
    this.#own = own;
  }

  async inspect(acquired: Acquired, call?: CallOptions): Promise<Content> {
    const purpose = purposeOf('Mounts.inspect', acquired.volume);
    const folder = this.#dataFolder(purpose, acquired);
    return this.#backend.calls.look(purpose, call, () => inspect(folder));
  }

  async format(acquired: Acquired, fsUuid: string, call?: CallOptions): Promise<void> {
    const purpose = purposeOf('Mounts.format', acquired.volume);
    const folder = this.#dataFolder(purpose, acquired);
    const content = await this.inspect(acquired, call);
    if (content.kind === 'filesystem' && content.fsUuid === fsUuid) return;
    const made =
      content.kind === 'empty' &&
      (await this.#backend.calls.look(purpose, call, () =>
        createFile(this.#backend.scratch, join(folder, MARKER), fsUuid),
      ));
    if (made) return;
    const found = content.kind === 'filesystem' ? `filesystem ${content.fsUuid}` : content.kind;
    const text = `volume ${acquired.volume} is not empty (${found}) and is not formatted`;
    throw new FireCampError('FAILED_PRECONDITION', text, purpose);
  }

  async mount(acquired: Acquired, fsUuid: string, call?: CallOptions): Promise<Mounted> {
    const { volume, path } = acquired;
    const purpose = purposeOf('Mounts.mount', volume);
    const content = await this.inspect(acquired, call);
    if (content.kind !== 'filesystem' || content.fsUuid !== fsUuid) {
      const found = content.kind === 'filesystem' ? content.fsUuid : content.kind;
      const text = `volume ${volume} holds ${found}, not filesystem ${fsUuid}`;
      throw new FireCampError('CORRUPT', text, purpose);
    }
    const record = await this.#setMounted(volume, true, purpose, call);
    if (record !== null && this.#path(record) === path) return { volume, path, fsUuid };
    const text = `volume ${volume} at ${path} is not held by this boot of node ${this.#own.node}`;
    throw new FireCampError('FAILED_PRECONDITION', text, purpose);
  }

  async unmount(volume: string, call?: CallOptions): Promise<void> {
    const purpose = purposeOf('Mounts.unmount', volume);
    const { calls, volumes } = this.#backend;
    const record = await volumes.get(volume, purpose, call);
    const holder = record === null ? null : record.holder;
    if (record === null || !heldBy(record, this.#own) || !holder?.mounted) return;
    const path = this.#path(record);
    const startedSince = programsSince(holder);
    const [user, ...more] = await calls.look(purpose, call, () => usersOf(path, { startedSince }));
    if (user !== undefined) {
      const others = more.length === 0 ? '' : `, and ${more.length} more`;
      const text = `volume ${volume}: ${user.program} (${user.pid}) ${user.how}${others}`;
      throw new FireCampError('FAILED_PRECONDITION', text, {
        ...purpose,
        subject: { ...purpose.subject, pid: String(user.pid) },
      });
    }
    await calls.look(purpose, call, () => syncTree(path));
    await this.#setMounted(volume, false, purpose, call);
  }

  async *mounted(call?: CallOptions): AsyncGenerator<Mounted> {
    const purpose = purposeOf('Mounts.mounted', '');
    for await (const record of this.#backend.volumes.list(purpose, call)) {
      if (!heldBy(record, this.#own) || !record.holder?.mounted) continue;
      const path = this.#path(record);
      const content = await this.#backend.calls.look(purpose, call, () => inspect(dirname(path)));
      const fsUuid = content.kind === 'filesystem' ? content.fsUuid : '';
      yield { volume: record.id, path, fsUuid };
    }
  }

  /** @returns the record as it stands then; null where this boot does not hold the volume. */
  async #setMounted(
    volume: string,
    mounted: boolean,
    purpose: Purpose,
    call: CallOptions | undefined,
  ): Promise<VolumeRecord | null> {
    const decide = (record: VolumeRecord): VolumeRecord => {
      const { holder } = record;
      if (holder === null || !heldBy(record, this.#own) || holder.mounted === mounted)
        return record;
      return { ...record, holder: { ...holder, mounted } };
    };
    const changing = this.#backend.withoutPermit(purpose, call);
    const record = await this.#backend.volumes.change(volume, decide, changing);
    return record !== null && heldBy(record, this.#own) ? record : null;
  }

  #path(record: VolumeRecord): string {
    return join(this.#backend.data.path(record), FILES);
  }

  /** @throws `INVALID_ARGUMENT` - the path is not one that this store gave out for the volume. */
  #dataFolder({ operation }: Purpose, { kind, path, volume }: Acquired): string {
    const folder = dirname(path);
    const life = this.#backend.data.lifeOf(folder);
    const ours = path === join(folder, FILES) && life?.id === volume;
    if (kind === 'directory' && ours) return folder;
    const text = `${path} is not a folder of volume ${volume} beneath ${this.#backend.root}`;
    const subject = { key: 'path' };
    throw new FireCampError('INVALID_ARGUMENT', text, { operation, subject });
  }
}

/** What stands in a data folder. */
async function inspect(folder: string): Promise<Content> {
  const fsUuid = await orAbsent(readFile(join(folder, MARKER), 'utf8'));
  const files = await orAbsent(readdir(join(folder, FILES)));
  if (files === null) return { kind: 'unknown', why: `${join(folder, FILES)} is missing` };
  if (fsUuid !== null) return { kind: 'filesystem', fsUuid };
  if (files.length === 0) return { kind: 'empty' };
  return { kind: 'unknown', why: `there are ${files.length} files, and nothing says whose` };
}
