import type { EffectOptions } from '../../permit.ts';
import type { Life } from '../kernel/life.ts';
import type { CallKind } from './fault.ts';
import type { CallChoice } from './flight.ts';
import type { Network } from './network.ts';

/** Through which one life of one process reaches everything outside of itself. */
export class Port {
  readonly life: Life;
  readonly #network: Network;

  constructor(network: Network, life: Life) {
    this.#network = network;
    this.life = life;
  }

  /** As {@link Network.call}, on behalf of this life. */
  call<T>(kind: CallKind, effect: () => T, choice?: CallChoice): Promise<T> {
    return this.#network.call(this.life, kind, effect, choice);
  }

  /** A request that changes a backend: asks the permit first, and lasts no longer than it says. */
  async change<T>(kind: CallKind, effect: () => T, options: EffectOptions): Promise<T> {
    const { permit, signal } = options;
    const timeoutMs = await permit.ask(kind.name);
    if (this.life.alive) this.#network.parts.onSend(this.life, permit, kind.name);
    return this.#network.call(this.life, kind, effect, { signal, timeoutMs });
  }
}
