import {
  type CallOptions,
  type Clock,
  type EffectOptions,
  type FenceProof,
  type Fencer,
  type FencerCapabilities,
  type FenceTarget,
  FireCampError,
} from '@firecamp/core';
import { EngineClient } from './engine-client.ts';
import { refuseAborted } from './refuse-aborted.ts';

/** What `processGone` can do. Ending what has ended is refused by nobody and changes nothing. */
export const FENCER_CAPABILITIES: FencerCapabilities = {
  by: 'manager',
  reach: 'node',
  lasts: 'always',
  proof: ['process-gone'],
  late: {
    // A boot is named for good: no later one of its node is ever touched.
    'processes.end-boot': 'conditional',
    'volumes.drop-holder': 'conditional',
  },
};

/** What a boot of a node still has in the books of an adapter, and how it is taken away. */
export interface Holds {
  /**
   * Makes sure that nobody uses what the boot held, and takes it away. Called once no process of
   * the boot is left; a repeat is fine.
   *
   * @throws `FAILED_PRECONDITION` - somebody still uses it.
   */
  drop(
    boot: { readonly node: string; readonly boot: string },
    options: EffectOptions,
  ): Promise<void>;
}

/** What a fencer is made from. */
export interface FencerParts {
  /** The engine's socket. */
  readonly socket: string;
  readonly holds: readonly Holds[];
  readonly clock: Clock;
  /** For the proof: `manager/<id>`. */
  readonly by: string;
}

/**
 * Ends every process of one boot of a node. The proof is that none is left, which nothing can come
 * back from: a later boot of the node is another one.
 */
export class ProcessFencer implements Fencer {
  readonly capabilities: FencerCapabilities = FENCER_CAPABILITIES;
  readonly #parts: FencerParts;
  readonly #engine: EngineClient;

  constructor(parts: FencerParts) {
    this.#parts = parts;
    this.#engine = new EngineClient(parts.socket);
  }

  async fence({ holder, node }: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const { by, clock, holds } = this.#parts;
    const { id, boot } = node;
    if (holder.node !== id) throw notOurs(holder.node, id);
    await this.#endBoot({ node: node.orchestratorNode, boot }, options);
    for (const each of holds) await each.drop({ node: id, boot }, options);
    return {
      kind: 'process-gone',
      holder,
      boot,
      volume: null,
      generation: options.permit.generation,
      observed: `no process of boot ${boot} is left on this machine`,
      by,
      sinceMs: clock.wallNowMs(),
    };
  }

  /** A node that the engine does not know has no processes that it could end. */
  async #endBoot(boot: { readonly node: string; readonly boot: string }, options: EffectOptions) {
    try {
      await this.#engine.change('end-boot', boot, options);
    } catch (error) {
      if (!FireCampError.is(error, 'NOT_FOUND')) throw error;
      throw notOurs(boot.node, boot.node);
    }
  }

  /** Nothing to take away: what has ended stays so. */
  async lift(_proof: FenceProof, options: EffectOptions): Promise<void> {
    refuseAborted(options.signal, 'Fencer.lift');
  }

  /** Nothing has to be renewed; asks all the same, so that nobody takes silence for that. */
  async *list(call?: CallOptions): AsyncIterable<FenceProof> {
    const answered = this.#engine.read('nodes', {}, call);
    const standing: readonly FenceProof[] = await answered.then(() => []);
    yield* standing;
  }
}

function notOurs(holder: string | null, node: string): FireCampError {
  return new FireCampError(
    'FAILED_PRECONDITION',
    `${holder ?? 'a holder that is not ours'}: not a node of this machine, or not ${node}`,
    { operation: 'Fencer.fence', subject: { node } },
  );
}
