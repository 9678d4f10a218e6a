import { readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import type { Generated } from './generated.ts';

const FROM = /(?:from|import\()\s*'(\.[^']+)'/g;

/** The public surface of core, as emitted: a change of it is then seen in review. */
export function coreApi(root: string): Generated {
  const core = join(root, 'packages/core');
  const entries = Object.values(
    (JSON.parse(readFileSync(join(core, 'package.json'), 'utf8')) as PackageFile).exports,
  );
  const files = new Set<string>();
  for (const { types } of entries) reach(core, posix.normalize(types), files);
  const parts = [...files].sort().map((file) => `// ${file}\n${declarations(join(core, file))}\n`);
  return { path: relative(root, join(core, 'api.txt')), text: parts.join('\n') };
}

interface PackageFile {
  readonly exports: Readonly<Record<string, { readonly types: string }>>;
}

function reach(core: string, file: string, seen: Set<string>): void {
  if (seen.has(file)) return;
  seen.add(file);
  const text = readFileSync(join(core, file), 'utf8');
  for (const [, target = ''] of text.matchAll(FROM)) {
    const declared = target.replace(/\.(?:ts|js)$/, '.d.ts');
    reach(core, posix.join(dirname(file), declared), seen);
  }
}

/** The declarations without comments, which say how, not what. */
function declarations(path: string): string {
  return readFileSync(path, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/^\s*\n/gm, '')
    .trim();
}
