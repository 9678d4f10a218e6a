import type { LocalNode } from './engine/node-keeper.ts';
import { EngineClient } from './engine-client.ts';
import { engineSocket, type LocalOptions } from './options.ts';

/** All processes of a node have to obey first. */
const NODE_MS_MAX = 30_000;

/** What can be done to the nodes that a machine plays: a power cut, a pause, a cut wire. */
export class LocalNodes {
  readonly #engine: EngineClient;

  constructor(options: Pick<LocalOptions, 'sockets'>) {
    this.#engine = new EngineClient(engineSocket(options));
  }

  /** @throws `UNAVAILABLE` - no engine answers. */
  async list(): Promise<readonly LocalNode[]> {
    return (await this.#engine.read('nodes', {}, undefined)) as readonly LocalNode[];
  }

  /** Ends all of the node at once, and keeps it down. Resolves when none of it is left. */
  async kill(node: string): Promise<void> {
    await this.#act('kill-node', { node });
  }

  /** Starts it again, with another boot. */
  async start(node: string): Promise<void> {
    await this.#act('start-node', { node });
  }

  /** Freezes all of the node. */
  async pause(node: string): Promise<void> {
    await this.#act('pause-node', { node });
  }

  async resume(node: string): Promise<void> {
    await this.#act('resume-node', { node });
  }

  /**
   * Cuts it off from these gates, and from no others; `engine` is the engine's own line.
   *
   * @returns what could not be cut and what to do about it, for people; empty when all is.
   */
  async cut(node: string, from: readonly string[]): Promise<readonly string[]> {
    return ((await this.#act('cut-node', { node, from })) as { uncut: readonly string[] }).uncut;
  }

  async #act(method: string, input: unknown): Promise<unknown> {
    return await this.#engine.act(method, input, NODE_MS_MAX);
  }
}
