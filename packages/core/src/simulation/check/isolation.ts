import type { Entry } from '../../database/database.ts';
import type { BeatRecord } from '../../model/beat.ts';
import type { MemberRecord } from '../../model/member.ts';
import { CLOCK_RATE_MAX } from '../../model/timing.ts';
import type { Container } from '../node/container.ts';
import { WATCHDOG_MS } from '../node/engine.ts';
import type { Cluster } from '../worlds/cluster.ts';
import { Violation } from './violation.ts';

/** When a node last gave a sign of life: the latest moment at which it can have been sent. */
interface Sign {
  readonly key: string;
  readonly boot: string;
  readonly atMs: number;
}

/**
 * S20: a program with isolation runs no longer than it may after the last sign of life of its node,
 * whoever hangs or is dead there; one without isolation is never ended by silence.
 */
export class IsolationChecker {
  readonly #cluster: Cluster;
  readonly #members: ReadonlyMap<string, MemberRecord>;
  readonly #signs = new Map<string, Sign>();

  constructor(cluster: Cluster, members: ReadonlyMap<string, MemberRecord>) {
    this.#cluster = cluster;
    this.#members = members;
  }

  beatWritten(entry: Entry): void {
    if (entry.removed) return;
    const { node, boot, incarnation, seq, state } = entry.value as unknown as BeatRecord;
    // What managers write into a beat leaves its number as it was.
    const key = `${boot}/${incarnation}/${seq}`;
    if (state !== 'beating' && state !== 'returning') return;
    if (this.#signs.get(node)?.key === key) return;
    this.#signs.set(node, { key, boot, atMs: this.#cluster.kernel.nowMs });
  }

  expired({ memberId, node, task }: Container): void {
    const record = this.#members.get(memberId);
    if (record === undefined || record.isolation !== undefined) return;
    throw new Violation(
      'S20',
      `${node.id} ends ${task} of ${record.name}, which asked for nothing`,
    );
  }

  check(running: Iterable<Container>): void {
    for (const container of running) {
      const isolation = this.#members.get(container.memberId)?.isolation;
      if (isolation !== undefined) this.#checkEnded(container, isolation.stopAfterMs);
    }
  }

  #checkEnded({ node, memberId, task, bootId }: Container, stopAfterMs: number): void {
    const { nowMs } = this.#cluster.kernel;
    const sign = this.#signs.get(node.id);
    const awakeMs = nowMs - node.activeSinceMs;
    if (!node.active || awakeMs <= WATCHDOG_MS) return;
    const silentMs = nowMs - (sign?.boot === bootId ? sign.atMs : Number.NEGATIVE_INFINITY);
    if (silentMs <= stopAfterMs * CLOCK_RATE_MAX + WATCHDOG_MS) return;
    throw new Violation(
      'S20',
      `${task} of ${memberId} runs on ${node.id} ${(silentMs / 1000).toFixed(1)} s after its last ` +
        `sign of life, and was to stop after ${(stopAfterMs / 1000).toFixed(1)} s`,
    );
  }
}
