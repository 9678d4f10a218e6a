import { FireCampError } from '../../error.ts';
import type { CallOptions } from '../../permit.ts';
import type { Content, Mounted, Mounts } from '../../volume/mounts.ts';
import type { Acquired } from '../../volume/volume-node.ts';
import { localKind, lookKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { pathOf, type SimulatedNode } from '../node/simulated-node.ts';
import type { VolumeData } from '../node/volume-data.ts';

const INSPECT = lookKind('inspect');
const FORMAT = localKind('format');
const FORMAT_END = localKind('format-end');
const MOUNT = localKind('mount');
const UNMOUNT = localKind('unmount');
const MOUNTED = lookKind('mounted');

/**
 * What a device or folder leads to now: the data behind it, or null when the node cannot reach it
 * any more, so that every read and write fails.
 */
export type Reach = (acquired: Acquired, node: SimulatedNode) => VolumeData | null;

/** How the kernel's filesystems touch the rest of the world. */
export interface MountsParts {
  readonly reach: Reach;
  readonly mounted: (node: SimulatedNode, volume: string) => void;
  readonly unmountAsked: (node: SimulatedNode, volume: string) => void;
}

/** The filesystems of one node, as its kernel has them. */
export class SimulatedMounts implements Mounts {
  readonly #port: Port;
  readonly #node: SimulatedNode;
  readonly #parts: MountsParts;

  constructor(port: Port, node: SimulatedNode, parts: MountsParts) {
    this.#port = port;
    this.#node = node;
    this.#parts = parts;
  }

  async inspect(acquired: Acquired, call?: CallOptions): Promise<Content> {
    const look = (): Content => {
      const data = this.#dataOf(acquired, 'inspect');
      return this.#node.blind ? { kind: 'unknown', why: 'it cannot be read' } : data.inspect();
    };
    return this.#port.call(INSPECT, look, call);
  }

  async format(acquired: Acquired, fsUuid: string, call?: CallOptions): Promise<void> {
    const begin = (): void => {
      const data = this.#dataOf(acquired, 'format');
      // A kernel that cannot see what is there formats it as willingly as an empty device.
      if (this.#node.blind) {
        data.beginFormat(fsUuid, this.#port.life.process);
        return;
      }
      if (data.filesystem !== 'none' && data.fsUuid !== fsUuid) {
        throw refuse('FAILED_PRECONDITION', 'format', `${acquired.volume} holds something else`);
      }
      if (data.filesystem !== 'done') data.beginFormat(fsUuid, this.#port.life.process);
    };
    await this.#port.call(FORMAT, begin, call);
    const end = (): void => this.#dataOf(acquired, 'format').endFormat(fsUuid);
    await this.#port.call(FORMAT_END, end, call);
  }

  async mount(acquired: Acquired, fsUuid: string, call?: CallOptions): Promise<Mounted> {
    const mount = (): Mounted => {
      const { volume } = acquired;
      const data = this.#dataOf(acquired, 'mount');
      if (data.filesystem !== 'done' || data.fsUuid !== fsUuid) {
        throw refuse('CORRUPT', 'mount', `${volume} has not the filesystem ${fsUuid}`);
      }
      const holderToken = acquired.holder.token;
      const known = this.#node.mounts.get(volume);
      const made = known ?? { volume, path: pathOf(volume), fsUuid, holderToken };
      this.#node.mounts.set(volume, made);
      if (known === undefined) this.#parts.mounted(this.#node, volume);
      return { volume, path: made.path, fsUuid };
    };
    return this.#port.call(MOUNT, mount, call);
  }

  async unmount(volume: string, call?: CallOptions): Promise<void> {
    const unmount = (): void => {
      this.#parts.unmountAsked(this.#node, volume);
      const user = this.#userOf(volume);
      if (user !== null) {
        throw refuse('FAILED_PRECONDITION', 'unmount', `${user} still uses ${volume}`);
      }
      this.#node.mounts.delete(volume);
    };
    return this.#port.call(UNMOUNT, unmount, call);
  }

  async *mounted(call?: CallOptions): AsyncIterable<Mounted> {
    const look = (): readonly Mounted[] =>
      [...this.#node.mounts.values()].map(({ volume, path, fsUuid }) => ({ volume, path, fsUuid }));
    for (const one of await this.#port.call(MOUNTED, look, call)) yield one;
  }

  #dataOf(acquired: Acquired, call: string): VolumeData {
    const data = this.#parts.reach(acquired, this.#node);
    if (data !== null) return data;
    throw refuse('UNAVAILABLE', call, `${acquired.path} answers with errors`);
  }

  #userOf(volume: string): string | null {
    for (const { running, mounts, task } of this.#node.containers.values()) {
      if (running && mounts !== null && Object.values(mounts.volumes).includes(volume)) return task;
    }
    return null;
  }
}

function refuse(code: FireCampError['code'], call: string, message: string): FireCampError {
  return new FireCampError(code, message, { operation: `mounts.${call}` });
}
