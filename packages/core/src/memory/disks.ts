import { matchesTags } from '../layers/guard-volumes.ts';
import type { Holder, NodeFacts } from '../model/node.ts';
import type { Content } from '../volume/mounts.ts';
import type { VolumeLimits } from '../volume/volume-node.ts';
import type {
  OwnershipTags,
  TagFilter,
  Volume,
  VolumeSnapshot,
  VolumeSpec,
  VolumeStoreCapabilities,
} from '../volume/volume-store.ts';
import { refusal } from './change.ts';
import { entriesAfter, type MemoryWire } from './wire.ts';

/** What stands on a disk. */
export interface DiskContent {
  /** `formatting`: a filesystem of that uuid was begun and not finished. */
  readonly kind: 'empty' | 'formatting' | 'filesystem' | 'unknown';
  readonly fsUuid: string;
  /** What a member's program wrote. */
  readonly mark: string;
}

interface Disk {
  readonly spec: VolumeSpec;
  /** The node that it cannot leave once it was there; null where it can. */
  readonly home: string | null;
  readonly holder: Holder | null;
  readonly content: DiskContent;
}

interface DiskSnapshot {
  readonly snapshot: VolumeSnapshot;
  readonly content: DiskContent;
}

const EMPTY: DiskContent = { kind: 'empty', fsUuid: '', mark: '' };
const MIB = 1_048_576;

export const MEMORY_VOLUME_CAPABILITIES: VolumeStoreCapabilities = {
  movable: true,
  zoneBound: true,
  snapshots: true,
  resize: true,
  consistent: 'strong',
  observesOnly: false,
  volumeBytesMin: MIB,
  volumeBytesMax: 2 ** 40,
  late: {
    // An id belongs to one volume for ever, so what comes late finds its own or nothing.
    'volumes.create': 'harmless',
    'volumes.remove': 'harmless',
    'volumes.resize': 'harmless',
    'volumes.snapshot': 'harmless',
    'volumes.restore': 'harmless',
    'volumes.remove-snapshot': 'harmless',
    // Nobody mounts without a permit, and whoever is the owner detaches the holder it finds.
    'volumes.attach': 'harmless',
    // It names the token of one attachment, which never comes again.
    'volumes.detach': 'conditional',
  },
};

/** The disks behind the memory volumes, their mounts, their fencer. */
export class MemoryDisks {
  readonly wire: MemoryWire;
  readonly capabilities: VolumeStoreCapabilities;
  /** How many disks a node can hold; null where there is no bound. */
  perNodeMax: number | null = null;
  readonly #disks = new Map<string, Disk>();
  readonly #snapshots = new Map<string, DiskSnapshot>();
  /** Node and disk of each filesystem that a kernel has mounted. */
  readonly #inUse = new Set<string>();
  /** The run of a node for which each attachment was made, by its token. */
  readonly #boots = new Map<string, string>();
  #attachments = 0;

  constructor(wire: MemoryWire, capabilities: Partial<VolumeStoreCapabilities> = {}) {
    this.wire = wire;
    this.capabilities = { ...MEMORY_VOLUME_CAPABILITIES, ...capabilities };
  }

  create(operation: string, spec: VolumeSpec, content: DiskContent = EMPTY): Volume {
    const found = this.#disks.get(spec.id);
    if (found === undefined) {
      this.#disks.set(spec.id, { spec, home: null, holder: null, content });
      return this.#volume({ spec, holder: null });
    }
    if (equalSpecs(found.spec, spec)) return this.#volume(found);
    throw refusal('ALREADY_EXISTS', operation, `volume ${spec.id} is another one`, spec.id);
  }

  get(id: string): Volume | null {
    const found = this.#disks.get(id);
    return found === undefined ? null : this.#volume(found);
  }

  page(
    filter: TagFilter,
    after: string | null,
    max: number,
  ): readonly (readonly [string, Volume])[] {
    return entriesAfter(this.#disks, after, max, ({ spec }) => matchesTags(spec.tags, filter)).map(
      ([id, disk]) => [id, this.#volume(disk)],
    );
  }

  remove(id: string): void {
    const found = this.#disks.get(id);
    if (found?.holder != null) {
      const { node } = found.holder;
      throw refusal(
        'FAILED_PRECONDITION',
        'VolumeStore.remove',
        `volume ${id}: ${node ?? 'somebody'} holds it`,
        id,
      );
    }
    this.#disks.delete(id);
  }

  resize(id: string, sizeBytes: number): Volume {
    const found = this.#disk('VolumeStore.resize', id);
    if (sizeBytes < found.spec.sizeBytes) {
      throw refusal(
        'INVALID_ARGUMENT',
        'VolumeStore.resize',
        `volume ${id} has ${found.spec.sizeBytes} bytes and cannot shrink to ${sizeBytes}`,
        id,
      );
    }
    const grown = { ...found, spec: { ...found.spec, sizeBytes } };
    this.#disks.set(id, grown);
    return this.#volume(grown);
  }

  snapshot(volume: string, id: string, tags: OwnershipTags): VolumeSnapshot {
    const operation = 'VolumeStore.snapshot';
    const found = this.#snapshots.get(id);
    if (found !== undefined) {
      if (found.snapshot.volume === volume) return found.snapshot;
      throw refusal('ALREADY_EXISTS', operation, `snapshot ${id} is of another volume`, id);
    }
    const { spec, content } = this.#disk(operation, volume);
    const { sizeBytes } = spec;
    const snapshot: VolumeSnapshot = { id, volume, sizeBytes, tags, state: 'ready' };
    this.#snapshots.set(id, { snapshot, content });
    return snapshot;
  }

  restore(snapshot: string, spec: VolumeSpec): Volume {
    const operation = 'VolumeStore.restore';
    const found = this.#snapshots.get(snapshot);
    if (found === undefined) {
      throw refusal('NOT_FOUND', operation, `there is no snapshot ${snapshot}`, snapshot);
    }
    if (spec.sizeBytes < found.snapshot.sizeBytes) {
      throw refusal(
        'INVALID_ARGUMENT',
        operation,
        `snapshot ${snapshot} has ${found.snapshot.sizeBytes} bytes, the volume fewer`,
        snapshot,
      );
    }
    return this.create(operation, spec, found.content);
  }

  snapshotPage(
    filter: TagFilter,
    after: string | null,
    max: number,
  ): readonly (readonly [string, VolumeSnapshot])[] {
    const chosen = ({ snapshot }: DiskSnapshot): boolean => matchesTags(snapshot.tags, filter);
    return entriesAfter(this.#snapshots, after, max, chosen).map(([id, { snapshot }]) => [
      id,
      snapshot,
    ]);
  }

  removeSnapshot(id: string): void {
    this.#snapshots.delete(id);
  }

  holders(id: string): readonly Holder[] {
    const holder = this.#disks.get(id)?.holder;
    return holder == null ? [] : [holder];
  }

  attach(id: string, self: NodeFacts): Holder {
    const operation = 'VolumeNode.acquire';
    const disk = this.#disk(operation, id);
    if (disk.holder?.node === self.id) return disk.holder;
    if (disk.holder !== null) {
      const who = disk.holder.node ?? 'somebody who is not ours';
      throw refusal('FAILED_PRECONDITION', operation, `volume ${id}: ${who} holds it`, id);
    }
    if (this.capabilities.zoneBound && disk.spec.zone !== self.zone) {
      const { zone } = disk.spec;
      throw refusal('FAILED_PRECONDITION', operation, `volume ${id} is in zone ${zone}`, id);
    }
    if (disk.home !== null && disk.home !== self.id) {
      throw refusal('FAILED_PRECONDITION', operation, `volume ${id} stays on ${disk.home}`, id);
    }
    const { max, used } = this.limits(self.id);
    if (max !== null && used >= max) {
      throw refusal('EXHAUSTED', operation, `node ${self.id} holds ${used} volumes of ${max}`, id);
    }
    this.#attachments += 1;
    const holder = { node: self.id, token: `attachment-${this.#attachments}`, writable: true };
    this.#boots.set(holder.token, self.boot);
    const home = this.capabilities.movable ? null : self.id;
    this.#disks.set(id, { ...disk, home, holder });
    return holder;
  }

  /** Ends exactly that attachment; another one stays. */
  detach(id: string, token: string): void {
    const disk = this.#disks.get(id);
    if (disk?.holder?.token === token) this.#disks.set(id, { ...disk, holder: null });
  }

  /** The run of a node for which that attachment was made; null where none of ours was. */
  bootOf(token: string): string | null {
    return this.#boots.get(token) ?? null;
  }

  /** Ends every attachment that was made for that run of the node; those of other runs stay. */
  detachRun(node: string, boot: string): void {
    for (const [id, { holder }] of this.#disks) {
      if (holder?.node !== node || this.bootOf(holder.token) !== boot) continue;
      this.detach(id, holder.token);
    }
  }

  heldPage(
    node: string,
    after: string | null,
    max: number,
  ): readonly (readonly [string, Holder])[] {
    const held = new Map<string, Holder>();
    for (const [id, { holder }] of this.#disks) if (holder?.node === node) held.set(id, holder);
    return entriesAfter(held, after, max, () => true);
  }

  limits(node: string): VolumeLimits {
    const used = [...this.#disks.values()].filter(({ holder }) => holder?.node === node).length;
    return { max: this.perNodeMax, used };
  }

  /** Whether the node's kernel has the disk's filesystem mounted. */
  inUse(node: string, id: string): boolean {
    return this.#inUse.has(`${node} ${id}`);
  }

  setInUse(node: string, id: string, used: boolean): void {
    if (used) this.#inUse.add(`${node} ${id}`);
    else this.#inUse.delete(`${node} ${id}`);
  }

  /** Somebody attaches the disk who is no node of ours: a backup, another cluster. */
  holdForeign(id: string): void {
    this.#attachments += 1;
    const holder = { node: null, token: `attachment-${this.#attachments}`, writable: true };
    this.#disks.set(id, { ...this.#disk('test', id), holder });
  }

  content(id: string): DiskContent {
    return this.#disks.get(id)?.content ?? EMPTY;
  }

  setContent(id: string, content: DiskContent): void {
    this.#disks.set(id, { ...this.#disk('test', id), content });
  }

  #disk(operation: string, id: string): Disk {
    const found = this.#disks.get(id);
    if (found !== undefined) return found;
    throw refusal('NOT_FOUND', operation, `there is no volume ${id}`, id);
  }

  #volume({ spec, holder }: Pick<Disk, 'spec' | 'holder'>): Volume {
    return { ...spec, state: holder === null ? 'available' : 'in-use' };
  }
}

/** Another operation may ask for the same volume; all else must be equal. */
function equalSpecs(a: VolumeSpec, b: VolumeSpec): boolean {
  return (
    a.sizeBytes === b.sizeBytes &&
    a.zone === b.zone &&
    a.tags.cluster === b.tags.cluster &&
    a.tags.service === b.tags.service &&
    a.tags.member === b.tags.member
  );
}

/** A disk's content as a look at it shows. */
export function seenContent({ kind, fsUuid }: DiskContent): Content {
  if (kind === 'empty') return { kind };
  if (kind === 'filesystem') return { kind, fsUuid };
  return { kind: 'unknown', why: kind === 'formatting' ? 'half a filesystem' : 'not a filesystem' };
}
