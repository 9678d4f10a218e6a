import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Generated } from './generated.ts';

const EXAMPLE = 'examples/embed/src/main.ts';
const PART = /(?<=<!-- example -->\n)[\s\S]*?(?=<!-- \/example -->)/;

/** The same guide with the example that `./check` runs. @throws Error - it has no place for it. */
export function withExample(before: Generated, root: string): Generated {
  if (!PART.test(before.text)) throw new Error(`${before.path} has no place for the example`);
  const code = readFileSync(join(root, EXAMPLE), 'utf8');
  return { ...before, text: before.text.replace(PART, () => `\`\`\`ts\n${code}\`\`\`\n`) };
}
