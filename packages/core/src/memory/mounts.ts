import { FireCampError } from '../error.ts';
import { checkSignal } from '../layers/argument.ts';
import { OneAtATime } from '../layers/one-at-a-time.ts';
import type { CallOptions } from '../permit.ts';
import type { Content, Mounted, Mounts } from '../volume/mounts.ts';
import type { Acquired } from '../volume/volume-node.ts';
import { read, refusal } from './change.ts';
import { type MemoryDisks, seenContent } from './disks.ts';

/** The kernel of one node: it outlives the agents that mount by it. */
export class MemoryKernel {
  readonly disks: MemoryDisks;
  readonly node: string;
  /** Volumes in whose filesystem a process has a file open. */
  readonly busy: Set<string> = new Set();
  /** When set, the next format ends half-way. */
  formatCrashes = false;
  readonly mounted: Map<string, Mounted> = new Map();

  constructor(disks: MemoryDisks, node: string) {
    this.disks = disks;
    this.node = node;
  }
}

/** Filesystems that are words in memory: an agent's hands on that kernel. */
export function createMemoryMounts(kernel: MemoryKernel): Mounts {
  return new MemoryMounts(kernel);
}

class MemoryMounts implements Mounts {
  readonly #kernel: MemoryKernel;
  readonly #queue = new OneAtATime();

  constructor(kernel: MemoryKernel) {
    this.#kernel = kernel;
  }

  async inspect({ volume }: Acquired, call?: CallOptions): Promise<Content> {
    return this.#ask('inspect', volume, call, () =>
      seenContent(this.#kernel.disks.content(volume)),
    );
  }

  async format({ volume }: Acquired, fsUuid: string, call?: CallOptions): Promise<void> {
    const kernel = this.#kernel;
    return this.#ask('format', volume, call, () => {
      const content = kernel.disks.content(volume);
      if (content.kind === 'filesystem' && content.fsUuid === fsUuid) return;
      const begun = content.kind === 'formatting' && content.fsUuid === fsUuid;
      if (content.kind !== 'empty' && !begun) {
        const what = `volume ${volume} holds something that is not ours to format`;
        throw refusal('FAILED_PRECONDITION', 'Mounts.format', what, volume);
      }
      if (kernel.formatCrashes) {
        kernel.formatCrashes = false;
        kernel.disks.setContent(volume, { kind: 'formatting', fsUuid, mark: '' });
        throw refusal('UNKNOWN_OUTCOME', 'Mounts.format', 'the format was cut off', volume);
      }
      kernel.disks.setContent(volume, { kind: 'filesystem', fsUuid, mark: '' });
    });
  }

  async mount({ volume }: Acquired, fsUuid: string, call?: CallOptions): Promise<Mounted> {
    const { disks, mounted, node } = this.#kernel;
    return this.#ask('mount', volume, call, () => {
      const content = disks.content(volume);
      if (content.kind !== 'filesystem' || content.fsUuid !== fsUuid) {
        throw new FireCampError('CORRUPT', `volume ${volume} has not filesystem ${fsUuid}`, {
          operation: 'Mounts.mount',
          subject: { id: volume },
        });
      }
      const path = `/mnt/memory/${node}/${volume}`;
      const made: Mounted = { volume, path, fsUuid };
      mounted.set(volume, made);
      disks.setInUse(node, volume, true);
      return made;
    });
  }

  async unmount(volume: string, call?: CallOptions): Promise<void> {
    const { disks, mounted, node, busy } = this.#kernel;
    return this.#ask('unmount', volume, call, () => {
      if (mounted.has(volume) && busy.has(volume)) {
        const what = `volume ${volume}: a process still uses it`;
        throw refusal('FAILED_PRECONDITION', 'Mounts.unmount', what, volume);
      }
      mounted.delete(volume);
      disks.setInUse(node, volume, false);
    });
  }

  async *mounted(call?: CallOptions): AsyncGenerator<Mounted> {
    checkSignal('Mounts.mounted', call?.signal);
    yield* [...this.#kernel.mounted.values()];
  }

  #ask<T>(method: string, volume: string, call: CallOptions | undefined, act: () => T): Promise<T> {
    const request = { name: `mounts.${method}`, operation: `Mounts.${method}` };
    return this.#queue.run(volume, request.operation, call?.signal, () =>
      read(this.#kernel.disks.wire, request, call, act),
    );
  }
}
