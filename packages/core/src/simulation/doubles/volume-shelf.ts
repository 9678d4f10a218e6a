import { FireCampError } from '../../error.ts';
import type { Holder } from '../../model/node.ts';
import type {
  OwnershipTags,
  TagFilter,
  Volume,
  VolumeSnapshot,
  VolumeSpec,
} from '../../volume/volume-store.ts';
import { VolumeData } from '../node/volume-data.ts';
import { sameTags, tagsFit } from './tags.ts';

/** One volume on the shelf. */
export interface Shelved {
  readonly spec: VolumeSpec;
  readonly data: VolumeData;
}

interface Snapshot {
  readonly facts: VolumeSnapshot;
  readonly data: VolumeData;
}

/** Asked before a volume and all that it holds goes away: a checker may refuse. */
export type RemovalWatcher = (spec: VolumeSpec, data: VolumeData) => void;

/** What every store has in common: which volumes and snapshots there are, and what is on them. */
export class VolumeShelf {
  readonly removals: RemovalWatcher[] = [];
  /** Told of each volume that comes, and of each that goes. */
  changed: (id: string, spec: VolumeSpec | null) => void = () => {};
  readonly #volumes = new Map<string, Shelved>();
  /** Ids of removed volumes, which only a late request can name: like a client's token, spent. */
  readonly #burned = new Set<string>();
  readonly #snapshots = new Map<string, Snapshot>();
  readonly #holders: (id: string) => readonly Holder[];

  /** @param holders - who holds a volume, in the words of the backend. */
  constructor(holders: (id: string) => readonly Holder[]) {
    this.#holders = holders;
  }

  data(id: string): VolumeData | null {
    return this.#volumes.get(id)?.data ?? null;
  }

  has(id: string): boolean {
    return this.#volumes.has(id);
  }

  zoneOf(id: string): string | null {
    return this.#volumes.get(id)?.spec.zone ?? null;
  }

  create(spec: VolumeSpec): Volume {
    const known = this.#volumes.get(spec.id);
    if (known === undefined) {
      if (this.#burned.has(spec.id)) {
        throw refuse('ALREADY_EXISTS', 'create', `volume ${spec.id} was removed`);
      }
      const data = new VolumeData(spec.id);
      this.#volumes.set(spec.id, { spec, data });
      this.changed(spec.id, spec);
      return this.#volume(spec);
    }
    const { sizeBytes, tags, zone } = known.spec;
    const same = sizeBytes === spec.sizeBytes && zone === spec.zone && sameTags(tags, spec.tags);
    if (same) return this.#volume(known.spec);
    throw refuse('ALREADY_EXISTS', 'create', `volume ${spec.id} is another one`);
  }

  get(id: string): Volume | null {
    const known = this.#volumes.get(id);
    return known === undefined ? null : this.#volume(known.spec);
  }

  list(filter: TagFilter): readonly Volume[] {
    return [...this.#volumes.values()]
      .filter(({ spec }) => tagsFit(spec.tags, filter))
      .map(({ spec }) => this.#volume(spec));
  }

  remove(id: string): void {
    const known = this.#volumes.get(id);
    if (known === undefined) return;
    if (this.#holders(id).length > 0) {
      throw refuse('FAILED_PRECONDITION', 'remove', `volume ${id} is held`);
    }
    for (const watch of this.removals) watch(known.spec, known.data);
    this.#volumes.delete(id);
    this.#burned.add(id);
    this.changed(id, null);
  }

  snapshot(
    id: string,
    spec: { readonly id: string; readonly tags: OwnershipTags },
  ): VolumeSnapshot {
    const taken = this.#snapshots.get(spec.id);
    if (taken !== undefined && taken.facts.volume === id) return taken.facts;
    if (taken !== undefined) throw refuse('ALREADY_EXISTS', 'snapshot', `${spec.id} is taken`);
    const { spec: source, data } = this.#require(id, 'snapshot');
    const copy = new VolumeData(id);
    copy.copyFrom(data);
    const { sizeBytes } = source;
    const facts: VolumeSnapshot = { ...spec, volume: id, sizeBytes, state: 'ready' };
    this.#snapshots.set(spec.id, { facts, data: copy });
    return facts;
  }

  restore(snapshot: string, spec: VolumeSpec): Volume {
    const taken = this.#snapshots.get(snapshot);
    if (taken === undefined) throw refuse('NOT_FOUND', 'restore', `no snapshot ${snapshot}`);
    if (spec.sizeBytes < taken.facts.sizeBytes) {
      throw refuse('INVALID_ARGUMENT', 'restore', 'smaller than the snapshot');
    }
    const known = this.#volumes.has(spec.id);
    const volume = this.create(spec);
    if (!known) this.#require(spec.id, 'restore').data.copyFrom(taken.data);
    return volume;
  }

  snapshots(filter: TagFilter): readonly VolumeSnapshot[] {
    return [...this.#snapshots.values()]
      .map(({ facts }) => facts)
      .filter(({ tags }) => tagsFit(tags, filter));
  }

  removeSnapshot(id: string): void {
    this.#snapshots.delete(id);
  }

  /** @throws `NOT_FOUND` - no such volume. */
  #require(id: string, call: string): Shelved {
    const known = this.#volumes.get(id);
    if (known === undefined) throw refuse('NOT_FOUND', call, `no volume ${id}`);
    return known;
  }

  #volume(spec: VolumeSpec): Volume {
    return { ...spec, state: this.#holders(spec.id).length > 0 ? 'in-use' : 'available' };
  }
}

/** An error of a store. */
export function refuse(code: FireCampError['code'], call: string, message: string): FireCampError {
  return new FireCampError(code, message, { operation: `volumes.${call}` });
}
