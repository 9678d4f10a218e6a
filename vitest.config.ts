import { configDefaults, defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** How long `expect.poll` waits for what it expects, in ms. */
const POLL_MS_MAX = 60_000;

/** A process of ours that hides is in the way of all who look whether a volume is in use. */
const ALONE = ['packages/storage-local/test/users-of.test.ts'];

/** What takes longest and is short to read: begun last, these would be waited for alone. */
const LONG: readonly string[] = [
  'managers.test.ts',
  'small-disk.test.ts',
  'database-away.test.ts',
  'agent-crashes.test.ts',
  'node-faults.test.ts',
  'tutorial.test.ts',
];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      LONG.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

interface Limits {
  /** In ms. */
  readonly testTimeout: number;
  /** How many files at once: tests mostly wait, but where they measure how long something takes. */
  readonly maxWorkers: number;
  /** Projects run one after another, in this order. */
  readonly groupOrder: number;
}

/**
 * Limits are for what hangs, not for what is slow: a busy machine may take many times as long.
 * Tests import the built packages through their exports: build before you run them.
 */
function project(
  name: string,
  include: readonly string[],
  limits: Limits,
  exclude: readonly string[] = [],
) {
  const { testTimeout, maxWorkers, groupOrder } = limits;
  return {
    test: {
      name,
      include: [...include],
      maxWorkers,
      sequence: { groupOrder },
      exclude: [...configDefaults.exclude, '**/*.live.test.ts', ...exclude],
      environment: 'node' as const,
      testTimeout,
      hookTimeout: testTimeout,
      expect: { poll: { timeout: POLL_MS_MAX } },
    },
  };
}

export default defineConfig({
  test: {
    passWithNoTests: false,
    sequence: { sequencer: LongFirst },
    projects: [
      project(
        'unit',
        ['packages/*/test/**/*.test.ts', 'tests/*.test.ts', 'scripts/test/**/*.test.ts'],
        { testTimeout: 120_000, maxWorkers: 2, groupOrder: 0 },
        ALONE,
      ),
      project('unit-alone', ALONE, { testTimeout: 120_000, maxWorkers: 1, groupOrder: 1 }),
      project('simulation', ['tests/simulation/**/*.test.ts'], {
        ...{ testTimeout: 600_000, maxWorkers: 2, groupOrder: 2 },
      }),
      project('end-to-end', ['tests/end-to-end/**/*.test.ts'], {
        ...{ testTimeout: 600_000, maxWorkers: 3, groupOrder: 3 },
      }),
      project('end-to-end-alone', ['tests/timed/**/*.test.ts'], {
        ...{ testTimeout: 600_000, maxWorkers: 1, groupOrder: 4 },
      }),
    ],
  },
});
