/** What a reading method takes beside its arguments. */
export interface CallOptions {
  /** Ends the wait for an answer with `ABORTED`; whether the backend acted is then unknown. */
  readonly signal?: AbortSignal;
}

/**
 * Leave to change a backend. An adapter asks it before *every* request that changes something,
 * each retry and each internal step included, so that an actor who lost what it owns sends nothing
 * more, however long it was frozen.
 */
export interface Permit {
  /** The generation of the member or operation under which this permit was given. */
  readonly generation: number;
  /**
   * Answered from memory while more than half of the lease is left, else by renewing it.
   *
   * @param request - what is about to be sent, for example `ec2.AttachVolume`; for traces.
   * @returns ms that this one request may last, 1 or more: the adapter sets it as the request's
   *   hard timeout and lets nothing beneath it retry.
   * @throws `ABORTED` - ownership is lost or cannot be renewed; send nothing more.
   */
  ask(request: string): Promise<number>;
}

/** What every method takes that changes a backend. */
export interface EffectOptions extends CallOptions {
  readonly permit: Permit;
}

/**
 * What becomes of a request that reaches the backend after its sender lost the right to send it.
 * `conditional`: the backend refuses it. `harmless`: it changes nothing that anybody relies on.
 * `repaired`: the rightful owner puts it right within a beat. `waitMs`: whoever takes over waits
 * that long first, after which it can no longer arrive.
 */
export type LateFate = 'conditional' | 'harmless' | 'repaired' | { readonly waitMs: number };

/** The fate of each late request of an adapter, by the name that it gives to {@link Permit.ask}. */
export type LateFates = Readonly<Record<string, LateFate>>;
