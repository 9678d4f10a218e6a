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
  late: { ...CONTROL_FATES, 'node.acquire': 'conditional', 'node.release': 'conditional' },
};

/** Who said that a volume is theirs; null: somebody who is no node of ours. */
interface Hold {
  readonly node: SimulatedNode | null;
  readonly bootId: string;
  /** Another one for each acquisition. */
  readonly token: string;
}

/** Directories on one disk that all nodes see: nothing but processes holds them. */
export class DirectoryBackend implements VolumeBackend {
  readonly shelf: VolumeShelf;
  readonly #holds = new Map<string, Hold>();
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;
  #acquisitions = 0;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>) {
    this.#nodes = nodes;
    this.shelf = new VolumeShelf((id) => this.holders(id));
  }

  acquire(id: string, node: SimulatedNode, bootId: string): Acquired {
    if (!this.shelf.has(id)) throw refuse('NOT_FOUND', 'acquire', `no volume ${id}`);
    const own = this.heldBy(id, node, bootId);
    if (own !== null) return acquired(id, holderOf(node, own));
    const [other] = this.holders(id);
    if (other !== undefined) {
      throw refuse('FAILED_PRECONDITION', 'acquire', `volume ${id} is held by ${other.node}`);
    }
    return acquired(id, holderOf(node, this.#hold(id, node, bootId).token));
  }

  /** Somebody who is no node of ours says that the volume is theirs. */
  holdForeign(id: string): void {
    this.#hold(id, null, '');
  }

  /** Gives up that one acquisition; a later one stays. */
  release(id: string, node: SimulatedNode, token: string): void {
    if (this.#holds.get(id)?.token !== token) return;
    if (node.mounts.has(id) || usedOn(node, id)) {
      throw refuse('FAILED_PRECONDITION', 'release', `volume ${id} is in use`);
    }
    this.#holds.delete(id);
  }

  /** The token of what that boot of the node has acquired; null where it has not. */
  heldBy(id: string, node: SimulatedNode, bootId: string): string | null {
    const hold = this.#standing(id);
    return hold?.node === node && hold.bootId === bootId ? hold.token : null;
  }

  acquiredOn(node: SimulatedNode): readonly Acquired[] {
    return [...this.#holds.keys()].flatMap((id) => {
      const token = this.heldBy(id, node, node.boot.id);
      return token === null ? [] : [acquired(id, holderOf(node, token))];
    });
  }

  /** Who said so and still runs, and every other boot that has a process which uses it. */
  holders(id: string): readonly Holder[] {
    const hold = this.#standing(id);
    const users = [...this.#nodes.values()].filter(
      (node) => node.up && node !== hold?.node && usedOn(node, id),
    );
    return [
      ...(hold === null ? [] : [shown(hold)]),
      ...users.map((node) => holderOf(node, node.boot.id)),
    ];
  }

  #hold(id: string, node: SimulatedNode | null, bootId: string): Hold {
    this.#acquisitions += 1;
    const hold = { node, bootId, token: `${node?.id}:${bootId}:${this.#acquisitions}` };
    this.#holds.set(id, hold);
    return hold;
  }

  /** What a boot has said that has ended does not count. */
  #standing(id: string): Hold | null {
    const hold = this.#holds.get(id);
    if (hold === undefined || !this.shelf.has(id)) return null;
    const { node, bootId } = hold;
    return node === null || (node.up && node.boot.id === bootId) ? hold : null;
  }
}

function usedOn(node: SimulatedNode, volume: string): boolean {
  for (const { running, mounts } of node.containers.values()) {
    if (running && mounts !== null && Object.values(mounts.volumes).includes(volume)) return true;
  }
  return false;
}

function acquired(id: string, holder: Holder): Acquired {
  return { volume: id, kind: 'directory', path: pathOf(id), holder };
}

function shown({ node, token }: Hold): Holder {
  return node === null ? { node: null, token, writable: true } : holderOf(node, token);
}

function holderOf(node: SimulatedNode, token: string): Holder {
  return { node: node.id, token, boot: node.boot.id, writable: true };
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
    const token = await this.#port.call(ACQUIRED, () => this.#heldHere(ref.id), options);
    if (token === null) return;
    const release = (): void => this.#backend.release(ref.id, this.#node, token);
    return this.#port.change(RELEASE, release, options);
  }

  async *acquired(call?: CallOptions): AsyncIterable<Acquired> {
    for (const one of await this.#port.call(
      ACQUIRED,
      () => this.#backend.acquiredOn(this.#node),
      call,
    ))
      yield one;
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(HOLDERS, () => this.#backend.holders(id), call);
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    const used = (): number => this.#backend.acquiredOn(this.#node).length;
    return this.#port.call(ACQUIRED, () => ({ max: null, used: used() }), call);
  }

  #heldHere(id: string): string | null {
    return this.#backend.heldBy(id, this.#node, this.#port.life.boot.id);
  }
}
