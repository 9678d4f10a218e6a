import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_KINDS } from '../../packages/core/dist/index.js';
import type { Generated } from './generated.ts';

const PATH = 'docs/guides/embedding.md';
const PART = /(?<=<!-- events -->\n)[\s\S]*?(?=<!-- \/events -->)/;

/** The guide's table of all events. @throws Error - it has no place for it. */
export function eventKinds(root: string): Generated {
  const before = readFileSync(join(root, PATH), 'utf8');
  if (!PART.test(before)) throw new Error(`${PATH} has no place for the events`);
  const rows = Object.entries(EVENT_KINDS).map(([kind, { by, subject, when }]) => {
    const ids = subject.map((id) => `\`${id}\``).join(', ');
    return `| \`${kind}\` | ${by} | ${ids} | ${when} |`;
  });
  const head = ['| kind | told by | ids in `subject` | when |', '| --- | --- | --- | --- |'];
  return { path: PATH, text: before.replace(PART, () => `${[...head, ...rows].join('\n')}\n`) };
}
