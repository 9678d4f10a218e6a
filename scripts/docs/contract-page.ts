import type { Contract, ShownCase, Swap } from './contracts.ts';

/** The document of a contract: what always holds, then what holds by capability. */
export function contractPage(contract: Contract, version: string): string {
  const { heading, cases, swaps, untold = {} } = contract;
  const always = cases.filter(({ id }) =>
    swaps.every(({ values }) => Object.values(values).every((list) => has(list, id))),
  );
  const parts = [
    `# The contract of ${heading}`,
    '',
    `Contract version ${version}. Made by \`scripts/docs-contracts.ts\` from the cases of`,
    '`@firecamp/core/conformance`, which every adapter runs; do not edit.',
    '',
    '## Whatever it claims',
    '',
    table(always),
    ...swaps.flatMap(swapParts),
    ...untoldParts(untold),
  ];
  return `${parts.join('\n').trimEnd()}\n`;
}

function has(list: readonly ShownCase[], id: string): boolean {
  return list.some((one) => one.id === id);
}

/** For each value of the capability, the cases that another of its values does not have. */
function swapParts({ capability, values }: Swap): readonly string[] {
  const lists = Object.values(values);
  const parts: string[] = [];
  for (const [value, list] of Object.entries(values)) {
    const own = list.filter(({ id }) => !lists.every((other) => has(other, id)));
    if (own.length > 0) parts.push('', `## Where \`${capability}\` is ${value}`, '', table(own));
  }
  return parts;
}

/** What is declared for those who deploy, and what no case could find out. */
function untoldParts(untold: Readonly<Record<string, string>>): readonly string[] {
  const rows = Object.entries(untold).map(([name, why]) => `| \`${name}\` | ${escaped(why)} |`);
  if (rows.length === 0) return [];
  const head = ['| capability | why no case can tell it |', '| --- | --- |'];
  return ['', '## What is declared and cannot be told from outside', '', ...head, ...rows];
}

function table(cases: readonly ShownCase[]): string {
  const rows = cases.map(({ id, title, needs }) => {
    const how = needs.length === 0 ? '' : needs.map((name) => `\`${name}\``).join(', ');
    return `| \`${id}\` | ${escaped(title)} | ${how} |`;
  });
  return ['| case | rule | needs of the fixture |', '| --- | --- | --- |', ...rows].join('\n');
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|');
}
