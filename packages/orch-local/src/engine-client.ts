import type { CallOptions, EffectOptions } from '@firecamp/core';
import { callRpc, streamRpc } from '@firecamp/wire';
import { refuseAborted } from './refuse-aborted.ts';

const READ_MS_MAX = 5_000;
/** An engine that is being started answers within this. */
const FIRST_ITEM_MS_MAX = 5_000;

/** Asks the engine over its socket. */
export class EngineClient {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** @throws `UNAVAILABLE` - no engine answers. */
  async read(method: string, input: unknown, call: CallOptions | undefined): Promise<unknown> {
    const { signal } = call ?? {};
    const target = { socket: this.#socket, method, timeoutMs: READ_MS_MAX, effect: false, signal };
    return await callRpc(target, input);
  }

  /**
   * Asks the permit, then the engine, which begins nothing after the time that was granted.
   *
   * @throws `UNKNOWN_OUTCOME` - the answer is missing.
   */
  async change(method: string, input: unknown, options: EffectOptions): Promise<unknown> {
    const { permit, signal } = options;
    refuseAborted(signal, method);
    const timeoutMs = await permit.ask(`processes.${method}`);
    refuseAborted(signal, method);
    const target = { socket: this.#socket, method, timeoutMs, effect: true, signal };
    return await callRpc(target, input);
  }

  /** For what needs no permit: the machine's own faults, which a person asks for. */
  async act(method: string, input: unknown, timeoutMs: number): Promise<unknown> {
    return await callRpc({ socket: this.#socket, method, timeoutMs, effect: true }, input);
  }

  stream(method: string, input: unknown, signal: AbortSignal | undefined): AsyncGenerator<unknown> {
    const timeoutMs = FIRST_ITEM_MS_MAX;
    return streamRpc({ socket: this.#socket, method, timeoutMs, effect: false, signal }, input);
  }
}
