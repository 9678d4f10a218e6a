import { FireCampError } from '../../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { EBS_STALE_MS, type EbsBackend } from './ebs.ts';
import { unknownOf } from './unknown.ts';

const DETACH = writeKind('ebs', 'fence-detach');
const DESCRIBE = readKind('ebs', 'fence-describe', true);
const LIST = readKind('ebs', 'fence-list');
const POLL_MS = 500;
const PATIENCE_MS = 10_000;

/**
 * Fences by detaching, which a running kernel that has the volume mounted prevents. Gone is what
 * was not seen any more for longer than an answer can be old.
 */
export class DetachFencer implements Fencer {
  readonly capabilities: FencerCapabilities = {
    by: 'manager',
    reach: 'volume',
    lasts: 'always',
    proof: ['detached'],
    late: { 'ebs.fence-detach': 'conditional' },
  };
  readonly #port: Port;
  readonly #backend: EbsBackend;

  constructor(port: Port, backend: EbsBackend) {
    this.#port = port;
    this.#backend = backend;
  }

  async fence({ holder, volume }: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    if (volume === undefined) throw unproven(holder.token);
    const { id } = volume;
    const detach = (): void => this.#backend.detach(id, holder.token);
    const unknown = await unknownOf(this.#port.change(DETACH, detach, options));
    const { clock } = this.#port.life;
    const beganMs = clock.monotonicMs();
    let goneSinceMs: number | null = null;
    while (clock.monotonicMs() - beganMs < PATIENCE_MS) {
      const there = await this.#isThere(id, holder.token, options);
      const nowMs = clock.monotonicMs();
      goneSinceMs = there ? null : (goneSinceMs ?? nowMs);
      if (goneSinceMs !== null && nowMs - goneSinceMs > EBS_STALE_MS * 1.1) {
        return this.#proof(id, holder, options);
      }
      await clock.sleep(POLL_MS, options.signal);
    }
    throw unknown ?? unproven(holder.token);
  }

  async lift(): Promise<void> {}

  async *list(call?: CallOptions): AsyncIterable<FenceProof> {
    yield* await this.#port.call(LIST, () => [], call);
  }

  async #isThere(id: string, token: string, call: CallOptions): Promise<boolean> {
    const holders = await this.#port.call(DESCRIBE, () => this.#backend.holders(id), {
      signal: call.signal,
      stale: () => this.#backend.past.holders(id),
    });
    return holders.some((one) => one.token === token);
  }

  #proof(volume: string, holder: FenceProof['holder'], options: EffectOptions): FenceProof {
    return {
      kind: 'detached',
      holder,
      boot: null,
      volume,
      generation: options.permit.generation,
      observed: `${holder.token} is gone`,
      by: this.#port.life.process,
      sinceMs: this.#port.life.clock.wallNowMs(),
    };
  }
}

function unproven(token: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', `${token} is still attached`, {
    operation: 'ebs.fence-detach',
  });
}
