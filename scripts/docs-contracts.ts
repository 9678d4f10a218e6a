import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CONTRACT_VERSION } from '../packages/core/dist/conformance/index.js';
import { closingLine } from './check/counts.ts';
import { contractPage } from './docs/contract-page.ts';
import { contracts } from './docs/contracts.ts';

// Writes docs/contracts from the cases; with --check it only says which of them are not up to date.

const FOLDER = fileURLToPath(new URL('../docs/contracts', import.meta.url));

function main(): void {
  const checking = process.argv.includes('--check');
  const pages = new Map(
    contracts().map((one) => [`${one.name}.md`, contractPage(one, CONTRACT_VERSION)]),
  );
  let failed = 0;
  mkdirSync(FOLDER, { recursive: true });
  for (const [name, page] of pages) {
    const path = join(FOLDER, name);
    if (!checking) writeFileSync(path, page);
    if (existsSync(path) && readFileSync(path, 'utf8') === page) continue;
    console.error(`docs/contracts/${name} is not what node scripts/docs-contracts.ts makes`);
    failed += 1;
  }
  for (const path of globSync('*.md', { cwd: FOLDER })) {
    if (pages.has(basename(path))) continue;
    if (!checking) rmSync(join(FOLDER, path));
    else {
      console.error(`docs/contracts/${path} is of no contract`);
      failed += 1;
    }
  }
  console.log(closingLine({ passed: pages.size - failed, failed, skipped: 0 }));
  process.exitCode = failed === 0 ? 0 : 1;
}

main();
