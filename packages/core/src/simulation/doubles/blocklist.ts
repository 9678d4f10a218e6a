import { FireCampError } from '../../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { RbdBackend } from './rbd.ts';

const ADD = writeKind('blocklist', 'add');
const LIFT = writeKind('blocklist', 'remove');
const LIST = readKind('blocklist', 'list');

/** Fences one client of one image: nothing else of its node is touched. */
export class BlocklistFencer implements Fencer {
  readonly capabilities: FencerCapabilities = {
    by: 'peer',
    reach: 'volume',
    lasts: 'always',
    proof: ['blocklisted'],
    late: { 'blocklist.add': 'conditional', 'blocklist.remove': 'harmless' },
  };
  readonly #port: Port;
  readonly #backend: RbdBackend;

  constructor(port: Port, backend: RbdBackend) {
    this.#port = port;
    this.#backend = backend;
  }

  async fence({ holder, volume }: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const add = (): number => {
      if (volume !== undefined && this.#backend.blocklist(holder.token)) return this.#backend.epoch;
      throw new FireCampError('FAILED_PRECONDITION', `${holder.token} is no client of an image`, {
        operation: 'blocklist.add',
      });
    };
    const epoch = await this.#port.change(ADD, add, options);
    return {
      kind: 'blocklisted',
      holder,
      boot: null,
      volume: volume?.id ?? null,
      generation: options.permit.generation,
      observed: `in osdmap epoch ${epoch}`,
      by: this.#port.life.process,
      sinceMs: this.#port.life.clock.wallNowMs(),
    };
  }

  /** Clients are never used again, so that nothing needs to be let in again. */
  async lift(_proof: FenceProof, options: EffectOptions): Promise<void> {
    return this.#port.change(LIFT, () => {}, options);
  }

  async *list(call?: CallOptions): AsyncIterable<FenceProof> {
    yield* await this.#port.call(LIST, () => [], call);
  }
}
