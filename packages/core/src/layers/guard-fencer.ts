import { FireCampError } from '../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import { checkSignal } from './argument.ts';
import { OneAtATime } from './one-at-a-time.ts';

/** Refuses to fence what is not a node of ours, and takes the calls on one node in turn. */
export function guardFencer(inner: Fencer): Fencer {
  return new GuardedFencer(inner);
}

class GuardedFencer implements Fencer {
  readonly #inner: Fencer;
  readonly #queue = new OneAtATime();

  constructor(inner: Fencer) {
    this.#inner = inner;
  }

  get capabilities(): FencerCapabilities {
    return this.#inner.capabilities;
  }

  async fence(target: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const operation = 'Fencer.fence';
    const { holder, node, volume } = target;
    if (holder.node !== node.id) {
      throw unprovable(operation, `the holder is ${holder.node ?? 'not ours'}, not ${node.id}`);
    }
    if (this.capabilities.reach === 'volume' && volume === undefined) {
      throw unprovable(operation, 'this fencer reaches one volume, and none is named');
    }
    return this.#queue.run(node.id, operation, options.signal, () =>
      this.#inner.fence(target, options),
    );
  }

  async lift(proof: FenceProof, options: EffectOptions): Promise<void> {
    return this.#queue.run(proof.holder.node ?? '', 'Fencer.lift', options.signal, () =>
      this.#inner.lift(proof, options),
    );
  }

  async *list(call?: CallOptions): AsyncGenerator<FenceProof> {
    checkSignal('Fencer.list', call?.signal);
    yield* this.#inner.list(call);
  }
}

function unprovable(operation: string, message: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', message, { operation });
}
