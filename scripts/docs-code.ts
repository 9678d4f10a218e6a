/**
 * Compiles the TypeScript in guides and READMEs, each block as a module of its own, beside what
 * docs/given.ts declares. Needs the packages to be built.
 */
import { spawnSync } from 'node:child_process';
import {
  globSync,
  mkdirSync,
  mkdtempDisposableSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { closingLine } from './check/counts.ts';
import { type CodeBlock, codeBlocks } from './docs/code-blocks.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = ['README.md', 'docs/*.md', 'docs/guides/*.md', '{packages,examples}/*/README.md'];
const GIVEN = 'docs/given.ts';

const CONFIGURATION = {
  extends: join(ROOT, 'tsconfig.base.json'),
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    isolatedDeclarations: false,
    // A page shows how something is made, and leaves to its reader what becomes of it.
    noUnusedLocals: false,
    noEmit: true,
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  },
};

/** What the compiler says of the blocks, a line each. */
function compiled(blocks: readonly CodeBlock[]): readonly string[] {
  using folder = mkdtempDisposableSync(join(ROOT, 'node_modules', '.docs-code-'));
  const put = (path: string, text: string): void => {
    const file = join(folder.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  };
  const scope = join(folder.path, 'node_modules', '@firecamp');
  mkdirSync(scope, { recursive: true });
  for (const path of globSync('packages/*', { cwd: ROOT })) {
    symlinkSync(join(ROOT, path), join(scope, basename(path)));
  }
  put('package.json', '{ "type": "module" }');
  put('tsconfig.json', JSON.stringify(CONFIGURATION));
  put(GIVEN, readFileSync(join(ROOT, GIVEN), 'utf8'));
  for (const { page, line, code } of blocks) {
    // As far down as on its page, so that the lines that the compiler names are those of the page.
    put(`${page}.${line}.ts`, `${'\n'.repeat(line)}${code}export {};\n`);
  }
  const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
  const { stdout, error } = spawnSync(tsc, ['--pretty', 'false'], {
    cwd: folder.path,
    encoding: 'utf8',
  });
  if (error !== undefined) throw error;
  return stdout.split('\n').filter((said) => said !== '');
}

const blocks = globSync(PAGES, { cwd: ROOT })
  .sort()
  .flatMap((page) => codeBlocks(page, readFileSync(join(ROOT, page), 'utf8')));
const said = compiled(blocks);
for (const each of said) console.error(each.replace(/\.\d+\.ts\(/, '('));
const wrong = blocks.filter(({ page, line }) =>
  said.some((each) => each.startsWith(`${page}.${line}.ts(`)),
).length;
// What is wrong with the declarations is wrong with all.
const failed = said.length > 0 ? Math.max(wrong, 1) : 0;
console.log(closingLine({ passed: blocks.length - failed, failed, skipped: 0 }));
process.exitCode = failed === 0 ? 0 : 1;
