import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Counts, closingLine } from './check/counts.ts';

// Builds and tests examples/adapter as somebody would who has never seen this repository: in an
// empty folder, with the core as it would be published.

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function run(folder: string, program: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
}

/** From the last lines of a report in TAP. @throws Error - it says nothing of it. */
function countsOf(report: string): Counts {
  const count = (what: string): number => {
    const found = new RegExp(`^# ${what} (\\d+)$`, 'm').exec(report);
    if (found === null) throw new Error(`the report does not say how many: ${what}`);
    return Number(found[1]);
  };
  return { passed: count('pass'), failed: count('fail'), skipped: count('skipped') };
}

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'firecamp-example-'));
  try {
    run(join(ROOT, 'packages/core'), 'pnpm', '--silent', 'pack', '--pack-destination', folder);
    const [tarball] = globSync('firecamp-core-*.tgz', { cwd: folder });
    if (tarball === undefined) throw new Error('nothing was packed');
    const adapter = join(folder, 'adapter');
    cpSync(join(ROOT, 'examples/adapter'), adapter, {
      recursive: true,
      filter: (path) => !/\/(?:dist|node_modules)$/.test(path),
    });
    const quiet = ['--offline', '--no-audit', '--no-fund', '--no-save', '--loglevel=error'];
    run(adapter, 'npm', 'install', ...quiet, join(folder, tarball));
    // The compiler and the types of Node are tools, not what is tried here.
    const types = ['--typeRoots', join(ROOT, 'node_modules/@types')];
    run(adapter, process.execPath, join(ROOT, 'node_modules/typescript/bin/tsc'), ...types);
    const result = join(folder, 'result.tap');
    const shown = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
    const kept = ['--test-reporter=tap', `--test-reporter-destination=${result}`];
    run(adapter, process.execPath, '--test', ...shown, ...kept, 'dist/test/conformance.test.js');
    console.log(closingLine(countsOf(readFileSync(result, 'utf8'))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main();
