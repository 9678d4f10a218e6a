/**
 * Writes every generated file; with `--check` compares instead and fails where one is out of date.
 * Needs the packages to be built.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { coreApi } from './docs/api.ts';
import { configurationKeys } from './docs/configuration-keys.ts';
import { eventKinds } from './docs/event-kinds.ts';
import { withExample } from './docs/example.ts';
import type { Generated } from './docs/generated.ts';

const ROOT = join(import.meta.dirname, '..');

/** To add a generated file, add a line. */
async function all(root: string): Promise<readonly Generated[]> {
  return [coreApi(root), configurationKeys(root), withExample(eventKinds(root), root)];
}

const check = process.argv.includes('--check');
let passed = 0;
let failed = 0;
for (const { path, text } of await all(ROOT)) {
  const file = join(ROOT, path);
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (before === text) {
    passed += 1;
  } else if (check) {
    failed += 1;
    console.error(`${path} is out of date; run \`node scripts/docs.ts\` and commit it`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    passed += 1;
    console.error(`${path} written`);
  }
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed > 0 ? 1 : 0;
