// Makes the command that people start from what `tsc -b` made: dist/bundle/main.cjs of the cli. Node
// takes half a millisecond for each module, and CommonJS loads Node's own modules without reading
// all that they export. `dist/main.js` does the same, later.
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const CLI = fileURLToPath(new URL('../packages/cli', import.meta.url));
const FOLDER = join(CLI, 'dist', 'bundle');

/** What others' licenses ask of whoever passes their code on. */
function licensesOf(modules: readonly string[]): string {
  const folders = new Set(
    modules.flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(id)?.[0] ?? []),
  );
  const texts = [...folders].sort().map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    );
    const files = globSync('{LICEN[CS]E,licen[cs]e}*', { cwd: folder });
    const full = files.map((file) => readFileSync(join(folder, file), 'utf8').trim());
    return [`${name} ${version} (${license})`, ...full].join('\n\n');
  });
  return `${texts.join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

rmSync(FOLDER, { recursive: true, force: true });
await using bundle = await rolldown({
  input: { main: join(CLI, 'dist', 'main.js') },
  platform: 'node',
  // What pg would use were it installed: a client in C.
  external: ['pg-native'],
});
const { output } = await bundle.write({
  dir: FOLDER,
  format: 'cjs',
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name]-[hash].cjs',
});
const modules = output.flatMap((file) => ('moduleIds' in file ? file.moduleIds : []));
writeFileSync(join(FOLDER, 'LICENSES.txt'), licensesOf(modules));
console.log(`bundled ${modules.length} modules into ${output.length} files`);
