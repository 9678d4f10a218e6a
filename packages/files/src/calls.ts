import { type CallOptions, type EffectOptions, FireCampError } from '@firecamp/core';
import { fromErrno } from './errno.ts';

/** One request of an adapter to its files. */
export interface FileRequest {
  /** For example `volumes.acquire`. */
  readonly name: string;
  readonly changing: boolean;
}

/** What lies between an adapter and its files: nothing, unless a test puts faults there. */
export interface FileWire {
  send<T>(request: FileRequest, act: () => Promise<T>): Promise<T>;
}

/** Acts at once. */
export const directWire: FileWire = { send: (_, act) => act() };

/** What a request is part of, for errors. */
export interface Purpose {
  /** For example `VolumeStore.create`. */
  readonly operation: string;
  readonly subject: Readonly<Record<string, string>>;
}

/** How often a change begins again because another one came first. */
const TRIES_MAX = 1_000;

/** Sends the requests of an adapter to its files, under the rules that hold for all of them. */
export class FileCalls {
  readonly #wire: FileWire;

  constructor(wire: FileWire = directWire) {
    this.#wire = wire;
  }

  /**
   * One request that changes nothing.
   *
   * @throws `ABORTED` - the signal fired.
   */
  async look<T>(
    purpose: Purpose,
    call: CallOptions | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    return await this.#send(purpose, call?.signal, null, {
      request: { name: `${purpose.operation}.read`, changing: false },
      act,
    });
  }

  /**
   * One request that changes something: asks the permit, and waits as long as it grants. A system
   * call cannot be called back, so a request that overruns may still happen.
   *
   * @throws `ABORTED` - the permit refused, or the signal fired; if it fired while acting, whether
   *   it happened is not known.
   * @throws `UNKNOWN_OUTCOME` - the time was over first.
   */
  async change<T>(
    purpose: Purpose,
    options: EffectOptions,
    name: string,
    act: () => Promise<T>,
  ): Promise<T> {
    refuseAborted(purpose, options.signal);
    const grantedMs = await options.permit.ask(name);
    const request = { name, changing: true };
    return await this.#send(purpose, options.signal, grantedMs, { request, act });
  }

  async #send<T>(
    purpose: Purpose,
    signal: AbortSignal | undefined,
    timeoutMs: number | null,
    { request, act }: { request: FileRequest; act: () => Promise<T> },
  ): Promise<T> {
    refuseAborted(purpose, signal);
    const { promise: ended, reject } = Promise.withResolvers<never>();
    const timer =
      timeoutMs === null ? null : setTimeout(() => reject(late(purpose, timeoutMs)), timeoutMs);
    const abort = (): void => reject(aborted(purpose, signal));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await Promise.race([this.#wire.send(request, act), ended]);
    } catch (error) {
      throw fromErrno(purpose.operation, purpose.subject, error);
    } finally {
      if (timer !== null) clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  }
}

/**
 * Tries again until a try gives something else than null, which means that another came first.
 *
 * @throws `UNAVAILABLE` - others came first a thousand times.
 */
export async function untilDone<T>(purpose: Purpose, attempt: () => Promise<T | null>): Promise<T> {
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const done = await attempt();
    if (done !== null) return done;
  }
  throw new FireCampError('UNAVAILABLE', `others changed it first, ${TRIES_MAX} times`, purpose);
}

function refuseAborted(purpose: Purpose, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw aborted(purpose, signal);
}

function aborted(purpose: Purpose, signal: AbortSignal | undefined): FireCampError {
  const cause: unknown = signal?.reason;
  return new FireCampError('ABORTED', 'the call was ended by its signal', { ...purpose, cause });
}

function late(purpose: Purpose, grantedMs: number): FireCampError {
  const text = `the filesystem did not answer within ${grantedMs} ms`;
  return new FireCampError('UNKNOWN_OUTCOME', text, purpose);
}
