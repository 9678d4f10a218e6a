import { configDefaults, defineConfig } from 'vitest/config';

/** How long `expect.poll` waits for what it expects, in ms. */
const POLL_MS_MAX = 60_000;

/**
 * Limits are for what hangs, not for what is slow: a busy machine may take many times as long.
 * Tests import the built packages through their exports: build before you run them.
 */
function project(name: string, include: readonly string[], testTimeout: number) {
  return {
    test: {
      name,
      include: [...include],
      exclude: [...configDefaults.exclude, '**/*.live.test.ts'],
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
    projects: [
      project(
        'unit',
        ['packages/*/test/**/*.test.ts', 'tests/*.test.ts', 'scripts/test/**/*.test.ts'],
        120_000,
      ),
      project('simulation', ['tests/simulation/**/*.test.ts'], 600_000),
      project('end-to-end', ['tests/end-to-end/**/*.test.ts'], 600_000),
    ],
  },
});
