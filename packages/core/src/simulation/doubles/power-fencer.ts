import { FireCampError } from '../../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { CallChoice } from '../network/flight.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Surroundings } from '../worlds/world.ts';

const STATUS = readKind('fencer', 'status');
const FENCE = writeKind('fencer', 'fence');
const LIFT = writeKind('fencer', 'lift');
const LIST = readKind('fencer', 'list');

/** The nodes, and how their power is taken. */
export type Power = Pick<Surroundings, 'nodes' | 'powerOff' | 'fenceCalled'>;

/** What one kind of fencer of whole nodes does and proves. */
export interface PowerKind {
  readonly proof: 'process-gone' | 'stopped' | 'terminated';
  /** Whether a late request ends only the run that it named, or whatever runs by then. */
  readonly namesBoot: boolean;
}

/** Fences by ending everything on a node. */
export class PowerFencer implements Fencer {
  readonly capabilities: FencerCapabilities;
  readonly #port: Port;
  readonly #power: Power;
  readonly #kind: PowerKind;

  constructor(port: Port, power: Power, kind: PowerKind) {
    this.#port = port;
    this.#power = power;
    this.#kind = kind;
    this.capabilities = {
      by: 'manager',
      reach: 'node',
      lasts: 'always',
      proof: [kind.proof],
      late: {
        'fencer.fence': kind.namesBoot ? 'conditional' : 'repaired',
        'fencer.lift': 'harmless',
      },
    };
  }

  async fence(target: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const { holder, node: facts } = target;
    const { nodes } = this.#power;
    const node = holder.node === null ? undefined : nodes.get(holder.node);
    if (node === undefined || facts.id !== node.id) {
      throw new FireCampError('FAILED_PRECONDITION', `${holder.node} is no node of ours`, {
        operation: 'fencer.fence',
      });
    }
    // The holder names the run that is meant: a later run of the same node is not touched.
    const named = holder.boot ?? holder.token;
    const boot = node.knowsBoot(named) ? named : facts.boot;
    const runs = await this.#port.call(STATUS, () => node.up && node.boot.id === boot, {
      signal: options.signal,
    });
    const timeoutMs = await options.permit.ask('fencer.fence');
    if (runs) await this.#end(node, boot, { signal: options.signal, timeoutMs });
    return {
      kind: this.#kind.proof,
      holder,
      boot,
      volume: null,
      generation: options.permit.generation,
      observed: `${boot} has ended`,
      by: this.#port.life.process,
      sinceMs: this.#port.life.clock.wallNowMs(),
    };
  }

  async #end(node: SimulatedNode, boot: string, choice: CallChoice): Promise<void> {
    const { powerOff, fenceCalled } = this.#power;
    fenceCalled(node, boot);
    const end = (): void => {
      const fits = !this.#kind.namesBoot || node.boot.id === boot;
      if (node.up && fits) powerOff(node);
    };
    await this.#port.call(FENCE, end, choice);
  }

  async lift(_proof: FenceProof, options: EffectOptions): Promise<void> {
    return this.#port.change(LIFT, () => {}, options);
  }

  async *list(call?: CallOptions): AsyncIterable<FenceProof> {
    yield* await this.#port.call(LIST, () => [], call);
  }
}
