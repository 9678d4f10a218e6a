import { FireCampError } from '../../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { EPOCH_MS } from '../kernel/machine.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { readPages } from './pages.ts';
import { BLOCKLIST_STANDS_MS, type BlocklistEntry, type RbdBackend, type Standing } from './rbd.ts';

const ADD = writeKind('blocklist', 'add');
const RENEW = writeKind('blocklist', 'renew');
const LIFT = writeKind('blocklist', 'remove');
const LIST = readKind('blocklist', 'list');

/** Fences one client of one image: nothing else of its node is touched. */
export class BlocklistFencer implements Fencer {
  readonly capabilities: FencerCapabilities = {
    by: 'peer',
    reach: 'volume',
    lasts: 'expires',
    standsMs: BLOCKLIST_STANDS_MS,
    proof: ['blocklisted'],
    late: {
      'blocklist.add': 'conditional',
      'blocklist.renew': 'conditional',
      // What is let in again is a client of a boot that has ended.
      'blocklist.remove': 'harmless',
    },
  };
  readonly #port: Port;
  readonly #backend: RbdBackend;

  constructor(port: Port, backend: RbdBackend) {
    this.#port = port;
    this.#backend = backend;
  }

  async fence({ holder, volume }: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const add = (): Standing => {
      const standing = volume === undefined ? null : this.#backend.blocklist(holder.token);
      if (standing !== null) return standing;
      throw new FireCampError('FAILED_PRECONDITION', `${holder.token} is no client of an image`, {
        operation: 'blocklist.add',
      });
    };
    const kind = this.#backend.isBlocklisted(holder.token) ? RENEW : ADD;
    const { epoch, untilMs } = await this.#port.change(kind, add, options);
    return {
      kind: 'blocklisted',
      holder,
      boot: null,
      volume: volume?.id ?? null,
      generation: options.permit.generation,
      observed: `in osdmap epoch ${epoch}`,
      by: this.#port.life.process,
      sinceMs: this.#port.life.clock.wallNowMs(),
      expiresMs: timeOfDay(untilMs),
    };
  }

  async lift({ holder }: FenceProof, options: EffectOptions): Promise<void> {
    return this.#port.change(LIFT, () => this.#backend.letIn(holder.token), options);
  }

  async *list(call?: CallOptions): AsyncIterable<FenceProof> {
    const { life } = this.#port;
    const all = (): readonly BlocklistEntry[] => this.#backend.blocklisted();
    const list = { kind: LIST, all, keyOf: ({ holder }: BlocklistEntry) => holder.token };
    for await (const entry of readPages(this.#port, list, call)) {
      const { holder, image, epoch, untilMs } = entry;
      yield {
        kind: 'blocklisted',
        holder,
        boot: null,
        volume: image,
        generation: 0,
        observed: `in osdmap epoch ${epoch}`,
        by: life.process,
        sinceMs: timeOfDay(untilMs) - BLOCKLIST_STANDS_MS,
        expiresMs: timeOfDay(untilMs),
      };
    }
  }
}

/** The cluster's own clock, in whole ms. */
function timeOfDay(atMs: number): number {
  return EPOCH_MS + Math.floor(atMs);
}
