import { existsSync, globSync } from 'node:fs';
import { join } from 'node:path';
import { sum } from './counts.ts';
import type { Part } from './part.ts';

const BUILT = ['install', 'build'];

/** Every part, in the order in which they run. To add one, add a row. */
const TABLE: readonly Part[] = [
  {
    name: 'install',
    minutes: 4,
    needs: [],
    files: ['pnpm-lock.yaml'],
    run: (commands) => commands.succeeds('pnpm', 'install', '--frozen-lockfile'),
  },
  {
    name: 'lint',
    minutes: 1,
    needs: ['install'],
    files: ['biome.json'],
    run: async (commands) =>
      sum([
        await commands.succeeds('pnpm', 'exec', 'biome', 'check', '--error-on-warnings', '.'),
        await commands.succeeds('pnpm', 'exec', 'knip', '--no-config-hints'),
      ]),
  },
  {
    name: 'build',
    minutes: 1,
    needs: ['install'],
    files: ['tsconfig.json'],
    run: async (commands) =>
      sum([
        await commands.succeeds('pnpm', 'exec', 'tsc', '-b'),
        await commands.succeeds('node', 'scripts/bundle.ts'),
      ]),
  },
  {
    name: 'unit',
    minutes: 5,
    needs: BUILT,
    files: ['tests/*.test.ts'],
    run: (commands) => commands.vitest('unit', 'unit-alone'),
  },
  {
    name: 'simulation',
    minutes: 3,
    needs: BUILT,
    files: ['tests/simulation/**/*.test.ts'],
    run: (commands) => commands.vitest('simulation'),
  },
  {
    name: 'embedded',
    minutes: 5,
    needs: BUILT,
    files: ['tests/end-to-end/**/*.test.ts'],
    run: (commands) => commands.vitest('end-to-end', 'end-to-end-alone'),
  },
  {
    name: 'demo',
    minutes: 2,
    needs: BUILT,
    files: ['demo'],
    run: async (commands) => {
      const root = process.getuid?.() === 0;
      return sum([
        await commands.succeeds('./demo'),
        await commands.succeeds('./demo', '--by-name'),
        ...(root ? [await commands.succeeds('./demo', '--unprivileged')] : []),
      ]);
    },
  },
  {
    name: 'examples',
    minutes: 2,
    needs: BUILT,
    files: ['examples/*/package.json'],
    run: async (commands) => {
      const counts = [await commands.counts('node', 'scripts/example-adapter.ts')];
      for (const main of globSync('examples/*/src/main.ts', { cwd: commands.root })) {
        counts.push(await commands.succeeds('node', main));
      }
      return sum(counts);
    },
  },
  {
    name: 'packages',
    minutes: 1,
    needs: BUILT,
    files: ['scripts/packages.ts'],
    run: (commands) => commands.counts('node', 'scripts/packages.ts'),
  },
  {
    name: 'docs',
    minutes: 1,
    needs: BUILT,
    files: ['scripts/docs*.ts'],
    run: async (commands) => {
      const counts = [];
      for (const script of globSync('scripts/docs*.ts', { cwd: commands.root })) {
        counts.push(await commands.counts('node', script, '--check'));
      }
      return sum(counts);
    },
  },
  {
    name: 'bench-counts',
    minutes: 1,
    needs: BUILT,
    files: ['bench/counts.ts'],
    run: (commands) => commands.counts('node', 'bench/counts.ts', '--check'),
  },
];

/** The parts that this checkout has something to run for. */
export function partsOf(root: string): readonly Part[] {
  return TABLE.filter(({ files }) =>
    files.some((file) =>
      file.includes('*') ? globSync(file, { cwd: root }).length > 0 : existsSync(join(root, file)),
    ),
  );
}
