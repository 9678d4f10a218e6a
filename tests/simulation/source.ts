import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Where a run begins: the programs under test, the worlds, and what runs them. */
const ENTRIES = ['./programs.ts', './worlds.ts', './drain.ts'];

const IMPORTED = /\bfrom '((?:\.{1,2}\/|@firecamp\/)[^']+)'/g;

/** Each file that runs by way of these, as it is after the build; by its address. */
function filesOf(entries: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const waiting = [...entries];
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    if (texts.has(url)) continue;
    const text = readFileSync(fileURLToPath(url), 'utf8');
    texts.set(url, text);
    for (const [, name = ''] of text.matchAll(IMPORTED)) {
      waiting.push(name.startsWith('.') ? new URL(name, url).href : packageAt(name, url));
    }
  }
  return texts;
}

/** What a package of ours is for the file that imports it. */
function packageAt(name: string, url: string): string {
  return pathToFileURL(createRequire(url).resolve(name)).href;
}

/**
 * Stands for all code that takes part in a simulated run, as it was built: equal for equal code,
 * whatever commit it stands in.
 */
export function sourceHash(): string {
  const entries = ENTRIES.map((name) => new URL(name, import.meta.url).href);
  const hash = createHash('sha256');
  const files = [...filesOf(entries)].map(
    ([url, text]) => [relative(ROOT, fileURLToPath(url)), text] as const,
  );
  for (const [path, text] of files.sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(`${path}\0${text}\0`);
  }
  return hash.digest('hex').slice(0, 16);
}

/** @returns null where this is not a checkout of git. */
export function commitNow(): string | null {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return null;
  }
}
