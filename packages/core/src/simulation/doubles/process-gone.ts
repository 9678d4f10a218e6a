import { FireCampError } from '../../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';

const FENCE = writeKind('fencer', 'fence');
const LIFT = writeKind('fencer', 'lift');
const LIST = readKind('fencer', 'list');

/** Ends one boot of a node with everything in it. */
export type PowerOff = (node: SimulatedNode) => void;

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
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;
  readonly #powerOff: PowerOff;

  constructor(port: Port, nodes: ReadonlyMap<string, SimulatedNode>, powerOff: PowerOff) {
    this.#port = port;
    this.#nodes = nodes;
    this.#powerOff = powerOff;
  }

  async fence(target: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const { holder, node: facts } = target;
    const end = (): string => {
      const node = holder.node === null ? undefined : this.#nodes.get(holder.node);
      if (node === undefined || facts.id !== node.id) {
        throw new FireCampError('FAILED_PRECONDITION', `${holder.node} is no node of ours`, {
          operation: 'fencer.fence',
        });
      }
      // The token names the run that held it: a later run of the same node is not touched.
      const meant = node.knowsBoot(holder.token) ? holder.token : facts.boot;
      if (node.up && node.boot.id === meant) this.#powerOff(node);
      return meant;
    };
    const boot = await this.#port.change(FENCE, end, options);
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
