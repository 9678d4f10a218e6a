/**
 * Leaves out one sentence of the protocol after the other and writes a table of what noticed it:
 * `pnpm canaries`. Ends with 1 if one is not noticed.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { argumentsOf, CANARIES, type Canary, type Caught, firstCaught } from './canary-list.ts';

const FILE = fileURLToPath(new URL('../../reports/simulation/canaries.md', import.meta.url));

/** Rule and world of the table above the rest of a message say enough of it. */
const MESSAGE_MAX = 110;

const HEAD = `# Rules left out, and what notices

Made by \`pnpm canaries\`. In each line one sentence of the ownership protocol is left out of
agents and managers, by its switch in [rules.ts](../../packages/core/src/ownership/rules.ts). \`seeds\`: so many
runs were needed until a rule was broken that the same run keeps with the sentence put back in. Runs are those
of [\`pnpm simulate\`](../../docs/guides/simulation.md), from seed 1; a family draws them round one trace.

| # | an agent or manager | left out | seeds | broken then | command |
| --- | --- | --- | --- | --- | --- |
`;

function lineOf(canary: Canary, at: number, { seed, message }: Caught): string {
  const { what, without, besides } = canary;
  const left = besides === null ? `\`${without}\`` : `\`${without}\`, with \`${besides}\``;
  const command = `\`pnpm simulate ${argumentsOf(canary, seed).join(' ')}\``;
  const broken = shortened(message).replaceAll('|', '/');
  return `| ${at + 1} | ${what} | ${left} | ${seed} | ${broken} | ${command} |\n`;
}

function shortened(message: string): string {
  return message.length <= MESSAGE_MAX ? message : `${message.slice(0, MESSAGE_MAX)}…`;
}

const lines: string[] = [];
let missed = 0;
for (const [at, canary] of CANARIES.entries()) {
  const caught = await firstCaught(canary);
  if (caught === null) {
    missed += 1;
    console.error(`not noticed in ${canary.seedsMax} seeds: ${canary.what}`);
    continue;
  }
  console.log(`${canary.without}: ${caught.seed} of at most ${canary.seedsMax} seeds`);
  lines.push(lineOf(canary, at, caught));
}
if (missed === 0) writeFileSync(FILE, `${HEAD}${lines.join('')}`);
else process.exitCode = 1;
console.log(`${lines.length} passed, ${missed} failed`);
