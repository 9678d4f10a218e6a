import type { CallCounts } from './counts/counted-calls.ts';
import { countAll } from './counts/scenarios.ts';
import type { Benchmark, Bound, Row } from './harness.ts';

const CLOUD = /^(VolumeStore|VolumeNode|AddressPool|Names)\./;
/** An idle minute of three nodes that beat each 2.5 s; no clock runs more than 1% fast. */
const BEATS_MAX = Math.floor(3 * (60_000 / 2_500) * 1.01);

/** What the operations ask of backends. Every single count is kept in counts.json. */
export const benchmark: Benchmark = {
  name: 'calls per operation',
  async run(): Promise<readonly Row[]> {
    const counts = await countAll();
    const row = (operation: string, what: string, calls: RegExp, limit: number | null): Row => ({
      what: `${operation}: ${what}`,
      value: sum(counts[operation], calls),
      unit: 'calls',
      baseline: null,
      bound: limit === null ? null : atMost(limit),
      note: '',
    });
    const cloud = 'of volumes, addresses and names';
    return [
      row('create of 3 members', cloud, CLOUD, null),
      row('create of 10 members', cloud, CLOUD, null),
      row('restart of one member on its node', cloud, CLOUD, 0),
      row('failover of one member found by name', cloud, CLOUD, 12),
      row('failover of one member', cloud, CLOUD, 14),
      row('delete of one member, with its data', cloud, CLOUD, null),
      row('idle minute of 3 nodes with 3 members', 'that change something', /./, BEATS_MAX),
    ];
  },
};

function atMost(limit: number): Bound {
  return { of: 'value', is: 'at most', limit };
}

/** @throws Error - no such operation: 0 would pass for a kept budget. */
function sum(counts: CallCounts | undefined, calls: RegExp): number {
  if (counts === undefined) throw new Error('an operation is not counted');
  return Object.entries(counts)
    .filter(([name]) => calls.test(name))
    .reduce((total, [, count]) => total + count, 0);
}
