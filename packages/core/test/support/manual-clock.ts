import { HeldClock } from './held-clock.ts';

/** A clock that a test moves by hand; its three times may be set apart. */
export class ManualClock extends HeldClock {
  /** How much of what passed was the machine's sleep: only the lease clock counts it. */
  asleepMs = 0;
  wallMs = 1_000_000;

  override leaseNowMs(): number {
    return this.monotonicMs() + this.asleepMs;
  }

  override wallNowMs(): number {
    return this.wallMs;
  }

  /** Lets so much time pass, and whoever slept until then go on. */
  async pass(ms: number): Promise<void> {
    this.advance(ms);
    for (let turn = 0; turn < 50; turn += 1) await null;
  }
}
