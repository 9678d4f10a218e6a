import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { Acquired, VolumeLimits, VolumeNode } from '../../volume/volume-node.ts';
import type { VolumeRef, VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import { localKind, lookKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { pathOf, type SimulatedNode } from '../node/simulated-node.ts';
import { CONTROL_FATES, HOLDERS, type VolumeBackend } from './volume-control.ts';
import { refuse, VolumeShelf } from './volume-shelf.ts';

/** What shared directories can do. */
export const DIRECTORY_CAPABILITIES: VolumeStoreCapabilities = {
  movable: true,
  zoneBound: false,
  snapshots: true,
  resize: false,
  consistent: 'strong',
  observesOnly: false,
  volumeBytesMin: 1_048_576,
  volumeBytesMax: 1_099_511_627_776,
  late: { ...CONTROL_FATES, 'node.acquire': 'conditional', 'node.release': 'harmless' },
};

/** Directories on one disk that all nodes see: nothing but processes holds them. */
export class DirectoryBackend implements VolumeBackend {
  readonly shelf: VolumeShelf;
  /** By volume, the boots whose agents said that they hold it. */
  readonly #marks = new Map<string, Set<string>>();
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>) {
    this.#nodes = nodes;
    this.shelf = new VolumeShelf((id) => this.holders(id));
  }

  acquire(id: string, node: SimulatedNode, bootId: string): Acquired {
    if (!this.shelf.has(id)) throw refuse('NOT_FOUND', 'acquire', `no volume ${id}`);
    const other = this.holders(id).find(({ token }) => token !== bootId);
    if (other !== undefined) {
      throw refuse('FAILED_PRECONDITION', 'acquire', `volume ${id} is held by ${other.node}`);
    }
    this.#marksOf(id).add(bootId);
    return acquired(id, node, bootId);
  }

  release(id: string, node: SimulatedNode, bootId: string): void {
    if (node.boot.id !== bootId) return;
    if (node.mounts.has(id) || usedOn(node, id)) {
      throw refuse('FAILED_PRECONDITION', 'release', `volume ${id} is in use`);
    }
    this.#marksOf(id).delete(bootId);
  }

  acquiredOn(node: SimulatedNode): readonly Acquired[] {
    return [...this.#marks]
      .filter(([id, marks]) => this.shelf.has(id) && marks.has(node.boot.id))
      .map(([id]) => acquired(id, node, node.boot.id));
  }

  /** Boots that still run and said that they hold it, or have a process that uses it. */
  holders(id: string): readonly Holder[] {
    if (!this.shelf.has(id)) return [];
    const marks = this.#marksOf(id);
    return [...this.#nodes.values()]
      .filter((node) => node.up && (marks.has(node.boot.id) || usedOn(node, id)))
      .map((node) => holderOf(node, node.boot.id));
  }

  #marksOf(id: string): Set<string> {
    const known = this.#marks.get(id) ?? new Set();
    this.#marks.set(id, known);
    return known;
  }
}

function usedOn(node: SimulatedNode, volume: string): boolean {
  for (const { running, mounts } of node.containers.values()) {
    if (running && mounts !== null && Object.values(mounts.volumes).includes(volume)) return true;
  }
  return false;
}

function acquired(id: string, node: SimulatedNode, bootId: string): Acquired {
  return { volume: id, kind: 'directory', path: pathOf(id), holder: holderOf(node, bootId) };
}

function holderOf(node: SimulatedNode, bootId: string): Holder {
  return { node: node.id, token: bootId, boot: bootId, writable: true };
}

const ACQUIRE = localKind('acquire');
const RELEASE = localKind('release');
const ACQUIRED = lookKind('acquired');

/** The agent's half of the shared directories. */
export class SharedDirectoriesNode implements VolumeNode {
  readonly capabilities: VolumeStoreCapabilities = DIRECTORY_CAPABILITIES;
  readonly #port: Port;
  readonly #backend: DirectoryBackend;
  readonly #node: SimulatedNode;

  constructor(port: Port, backend: DirectoryBackend, node: SimulatedNode) {
    this.#port = port;
    this.#backend = backend;
    this.#node = node;
  }

  async acquire(ref: VolumeRef, self: NodeFacts, options: EffectOptions): Promise<Acquired> {
    const acquire = (): Acquired => this.#backend.acquire(ref.id, this.#node, self.boot);
    return this.#port.change(ACQUIRE, acquire, options);
  }

  async release(ref: VolumeRef, options: EffectOptions): Promise<void> {
    const bootId = this.#port.life.boot.id;
    const release = (): void => this.#backend.release(ref.id, this.#node, bootId);
    return this.#port.change(RELEASE, release, options);
  }

  async *acquired(call?: CallOptions): AsyncIterable<Acquired> {
    yield* await this.#port.call(ACQUIRED, () => this.#backend.acquiredOn(this.#node), call);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(HOLDERS, () => this.#backend.holders(id), call);
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    const used = (): number => this.#backend.acquiredOn(this.#node).length;
    return this.#port.call(ACQUIRED, () => ({ max: null, used: used() }), call);
  }
}
