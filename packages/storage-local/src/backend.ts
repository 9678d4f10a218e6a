import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CallOptions, type EffectOptions, FireCampError } from '@firecamp/core';
import {
  FileCalls,
  type FileWire,
  networkFilesystemOf,
  type Purpose,
  RecordFolder,
  requireLinux,
  Scratch,
  syncFolder,
} from '@firecamp/files';
import { DataFolders, type Life, type Standing } from './data-folders.ts';
import { decodeSnapshot, decodeVolume, type SnapshotRecord, type VolumeRecord } from './records.ts';
import { type Changing, Shelf } from './shelf.ts';

/**
 * The folder that both halves share:
 *
 *     volumes/<id>/<n>      the record of a volume, version n
 *     snapshots/<id>/<n>    the record of a snapshot
 *     data/<id>.<life>/     files/ is the volume; filesystem its marker; maker the process
 *     tmp/                  what is being made or removed
 */
export class Backend {
  readonly root: string;
  readonly calls: FileCalls;
  readonly scratch: Scratch;
  readonly data: DataFolders;
  readonly volumes: Shelf<VolumeRecord>;
  readonly snapshots: Shelf<SnapshotRecord>;
  #prepared: Promise<void> | null = null;

  /** No I/O happens here. */
  constructor(root: string, wire?: FileWire) {
    const at = (name: string): string => join(root, name);
    this.root = root;
    this.calls = new FileCalls(wire);
    this.scratch = new Scratch(at('tmp'));
    this.data = new DataFolders(at('data'), this.scratch);
    const volumes = new RecordFolder(at('volumes'), this.scratch, decodeVolume);
    const snapshots = new RecordFolder(at('snapshots'), this.scratch, decodeSnapshot);
    this.volumes = new Shelf(volumes, this.data, this.calls);
    this.snapshots = new Shelf(snapshots, this.data, this.calls);
  }

  /** A change that asks the permit under that name before each write. */
  underPermit(purpose: Purpose, options: EffectOptions, request: string): Changing {
    return {
      purpose,
      call: options,
      send: (write) => this.calls.change(purpose, options, request, write),
    };
  }

  /** A change by the node's own hands, which needs no leave. */
  withoutPermit(purpose: Purpose, call: CallOptions | undefined): Changing {
    return { purpose, call, send: (write) => write() };
  }

  /** Makes the folders, and removes what processes that have ended left behind. Once is enough. */
  async prepare(purpose: Purpose, call: CallOptions): Promise<void> {
    this.#prepared ??= this.#prepare();
    const prepared = this.#prepared;
    try {
      await this.calls.look(purpose, call, () => prepared);
    } catch (error) {
      this.#prepared = null;
      throw error;
    }
  }

  async #prepare(): Promise<void> {
    requireLinux('VolumeStore.open');
    await mkdir(this.root, { recursive: true, mode: 0o711 });
    const network = await networkFilesystemOf(this.root);
    if (network !== null) throw onNetwork(this.root, network);
    for (const name of ['volumes', 'snapshots', 'tmp']) {
      await mkdir(join(this.root, name), { recursive: true, mode: 0o700 });
    }
    // A member's program may run as another user: it may pass, and look at nothing.
    await mkdir(join(this.root, 'data'), { recursive: true, mode: 0o711 });
    await syncFolder(this.root);
    await this.scratch.sweep();
    await this.data.sweep((life) => this.#standing(life));
  }

  async #standing(life: Life): Promise<Standing> {
    const asVolume = await this.volumes.standing(life);
    return asVolume === 'none' ? this.snapshots.standing(life) : asVolume;
  }
}

/** Processes and boots of another machine cannot be told from here, so it must not have the root. */
function onNetwork(root: string, network: string): FireCampError {
  const text = `${root}: is on ${network}; shared directories need a disk of this machine`;
  return new FireCampError('UNSUPPORTED', text, {
    operation: 'VolumeStore.open',
    subject: { root },
  });
}

/** Which operation it is, and of what. */
export function purposeOf(operation: string, id: string): Purpose {
  return { operation, subject: { id } };
}
