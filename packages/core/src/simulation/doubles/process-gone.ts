import { FireCampError } from '../../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { Surroundings } from '../worlds/world.ts';

const FENCE = writeKind('fencer', 'fence');
const LIFT = writeKind('fencer', 'lift');
const LIST = readKind('fencer', 'list');

/** The nodes, and how their power is taken. */
export type Power = Pick<Surroundings, 'nodes' | 'powerOff' | 'fenceCalled'>;

/** Fences by ending every process of a node, which nothing can come back from. */
export class ProcessGoneFencer implements Fencer {
  readonly capabilities: FencerCapabilities = {
    by: 'manager',
    reach: 'node',
    lasts: 'always',
    proof: ['process-gone'],
    late: { 'fencer.fence': 'conditional', 'fencer.lift': 'harmless' },
  };
  readonly #port: Port;
  readonly #power: Power;

  constructor(port: Port, power: Power) {
    this.#port = port;
    this.#power = power;
  }

  async fence(target: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const { holder, node: facts } = target;
    const { nodes, powerOff, fenceCalled } = this.#power;
    const node = holder.node === null ? undefined : nodes.get(holder.node);
    if (node === undefined || facts.id !== node.id) {
      throw new FireCampError('FAILED_PRECONDITION', `${holder.node} is no node of ours`, {
        operation: 'fencer.fence',
      });
    }
    // The holder names the run that is meant: a later run of the same node is not touched.
    const named = holder.boot ?? holder.token;
    const boot = node.knowsBoot(named) ? named : facts.boot;
    const timeoutMs = await options.permit.ask('fencer.fence');
    fenceCalled(node, boot);
    const end = (): void => {
      if (node.up && node.boot.id === boot) powerOff(node);
    };
    await this.#port.call(FENCE, end, { signal: options.signal, timeoutMs });
    return {
      kind: 'process-gone',
      holder,
      boot,
      volume: null,
      generation: options.permit.generation,
      observed: `no process of ${boot} is left`,
      by: this.#port.life.process,
      sinceMs: this.#port.life.clock.wallNowMs(),
    };
  }

  async lift(_proof: FenceProof, options: EffectOptions): Promise<void> {
    return this.#port.change(LIFT, () => {}, options);
  }

  async *list(call?: CallOptions): AsyncIterable<FenceProof> {
    yield* await this.#port.call(LIST, () => [], call);
  }
}
