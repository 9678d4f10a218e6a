import { configDefaults, defineConfig } from 'vitest/config';

/** Tests import the built packages through their exports: build before you run them. */
function project(name: string, include: readonly string[], testTimeout: number) {
  return {
    test: {
      name,
      include: [...include],
      exclude: [...configDefaults.exclude, '**/*.live.test.ts'],
      environment: 'node' as const,
      testTimeout,
      hookTimeout: testTimeout,
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
        10_000,
      ),
      project('simulation', ['tests/simulation/**/*.test.ts'], 300_000),
      project('end-to-end', ['tests/end-to-end/**/*.test.ts'], 180_000),
    ],
  },
});
