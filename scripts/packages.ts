// Packs each package as it would be published, and looks at what is in the file: whether Node and
// TypeScript find all that its package.json promises.
import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What looks at a packed file. Our packages are ESM alone. */
const LOOKS = [
  ['publint', '--strict'],
  ['attw', '--profile', 'esm-only', '--no-color'],
] as const;

/** @returns whether it ended well; what it said is shown where it did not. */
function runs(cwd: string, command: readonly string[]): boolean {
  const { status, stdout, stderr } = spawnSync('pnpm', command, { cwd, encoding: 'utf8' });
  if (status !== 0) console.error(`${command.join(' ')}\n${stdout}${stderr}`);
  return status === 0;
}

function look(folder: string, into: string): readonly boolean[] {
  if (!runs(folder, ['pack', '--pack-destination', into])) return [false];
  const [file = ''] = globSync('*.tgz', { cwd: into });
  return LOOKS.map(([program, ...options]) =>
    runs(ROOT, ['exec', program, join(into, file), ...options]),
  );
}

const results = globSync('packages/*/package.json', { cwd: ROOT }).flatMap((file) => {
  const into = mkdtempSync(join(tmpdir(), 'firecamp-pack-'));
  try {
    return look(join(ROOT, dirname(file)), into);
  } finally {
    rmSync(into, { recursive: true });
  }
});
const failed = results.filter((good) => !good).length;
console.log(`${results.length - failed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
