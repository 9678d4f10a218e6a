import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where a run begins: the programs under test, the worlds, and what runs them. */
const ENTRIES = ['programs', 'worlds', 'drain'];

/** All code that can take part in a simulated run, as it was built, and none that stands beside it. */
export async function codeThatRuns(): Promise<string> {
  const paths = ENTRIES.map((name) => [name, fileURLToPath(import.meta.resolve(`./${name}.ts`))]);
  await using bundle = await rolldown({
    cwd: ROOT,
    input: Object.fromEntries(paths),
    platform: 'node',
  });
  const { output } = await bundle.generate({
    format: 'esm',
    minify: true,
    chunkFileNames: '[name]',
  });
  return output.map((file) => ('code' in file ? `${file.fileName}\n${file.code}` : '')).join('\n');
}

/** Equal where {@link codeThatRuns} is equal, whatever commit it stands in. */
export async function sourceHash(): Promise<string> {
  return createHash('sha256')
    .update(await codeThatRuns())
    .digest('hex')
    .slice(0, 16);
}

/** @returns null where this is not a checkout of git. */
export function commitNow(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
