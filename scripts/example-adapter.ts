import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Builds and tests examples/adapter as somebody would who has never seen this repository: in an
// empty folder, with the core as it would be published.

const ROOT = fileURLToPath(new URL('..', import.meta.url));

function run(folder: string, program: string, ...args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}`);
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
    run(adapter, process.execPath, '--test', 'dist/test/conformance.test.js');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main();
