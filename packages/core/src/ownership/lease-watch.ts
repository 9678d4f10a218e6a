import type { Clock } from '../clock.ts';
import type { MemberRecord } from '../model/member.ts';
import { leaseWaitMs } from '../model/timing.ts';
import type { LateFates } from '../permit.ts';
import type { ProtocolRules } from './rules.ts';

/** What a challenger's wait is made from. */
export interface LeaseWatchParts {
  readonly clock: Clock;
  /** The longest that a late request of an adapter in use can stay under way, in ms. */
  readonly lateMs: number;
  readonly rules: ProtocolRules;
}

interface Sight {
  readonly generation: number;
  readonly seq: number;
  readonly firstMs: number;
}

/**
 * A challenger's wait for other people's leases: on its own monotonic clock, from its own first
 * sight of this generation and seq. Any change begins it anew, and so does a restart, since what
 * was seen is kept in memory only.
 */
export class LeaseWatch {
  readonly #parts: LeaseWatchParts;
  readonly #sights: Map<string, Sight> = new Map();

  constructor(parts: LeaseWatchParts) {
    this.#parts = parts;
  }

  /**
   * Tells it that the member's record was read just now.
   *
   * @param member - the member's id.
   * @returns ms still to wait before the lease certainly binds nobody; 0 when it does not.
   */
  leftMs(member: string, record: MemberRecord): number {
    const { clock, lateMs, rules } = this.#parts;
    const { lease, generation } = record;
    if (lease === null) {
      this.#sights.delete(member);
      return 0;
    }
    if (!rules.noWallClock) return Math.max(0, record.sinceMs + lease.ms - clock.wallNowMs());
    const nowMs = clock.monotonicMs();
    const sight = this.#sights.get(member);
    if (sight === undefined || sight.generation !== generation || sight.seq !== lease.seq) {
      this.#sights.set(member, { generation, seq: lease.seq, firstMs: nowMs });
      return leaseWaitMs(lease.ms, lateMs);
    }
    return Math.max(0, sight.firstMs + leaseWaitMs(lease.ms, lateMs) - nowMs);
  }

  /** Forgets a member that nobody here waits for. */
  forget(member: string): void {
    this.#sights.delete(member);
  }
}

/** The longest that a late request of these adapters can stay under way, in ms. */
export function lateMsOf(adapters: readonly LateFates[]): number {
  const waits = adapters
    .flatMap((fates) => Object.values(fates))
    .map((fate) => (typeof fate === 'object' ? fate.waitMs : 0));
  return Math.max(0, ...waits);
}
