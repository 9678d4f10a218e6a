import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HISTORY_RANGES, KEY_ROWS } from '../../packages/compose/dist/index.js';
import { DEFAULT_HISTORY } from '../../packages/core/dist/index.js';
import type { Generated } from './generated.ts';

const PATH = 'packages/compose/README.md';
const PART = /(?<=<!-- keys -->\n)[\s\S]*?(?=<!-- \/keys -->)/;

/** For how long, how many: in the words of the history's own comments. */
const LIMITS: Readonly<Record<keyof typeof HISTORY_RANGES, string>> = {
  recentMax: 'operations that ended last stay among the open ones, which are read at every look',
  keptMax: 'others are kept',
  repeatMs: 'for so long a manager has seen one before it forgets it: a repeat is known as one',
};

/** The README's tables of the keys of `firecamp.yaml`. @throws Error - it has no place for them. */
export function configurationKeys(root: string): Generated {
  const before = readFileSync(join(root, PATH), 'utf8');
  if (!PART.test(before)) throw new Error(`${PATH} has no place for the keys`);
  return { path: PATH, text: before.replace(PART, () => tables()) };
}

function tables(): string {
  const keys = KEY_ROWS.map(({ keys, meaning }) => `| ${keys.map(code).join(', ')} | ${meaning} |`);
  const limits = Object.entries(HISTORY_RANGES).map(([key, { min, max }]) => {
    const name = key as keyof typeof HISTORY_RANGES;
    return `| ${code(key)} | ${min} to ${max} | ${DEFAULT_HISTORY[name]} | ${LIMITS[name]} |`;
  });
  return [
    '| key | meaning |\n| --- | --- |',
    ...keys,
    '\n| key of `history` | whole number | default | meaning |\n| --- | --- | --- | --- |',
    ...limits,
    '',
  ].join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
