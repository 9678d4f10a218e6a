export type Request =
  | { readonly kind: 'all' }
  | { readonly kind: 'list' }
  | { readonly kind: 'help' }
  | { readonly kind: 'only'; readonly part: string }
  | { readonly kind: 'refused'; readonly reason: string };

export const USAGE = `usage: ./check [--list | --only PART | --help]

  (nothing)     run every part
  --list        name the parts and the minutes that each may take on 2 cores
  --only PART   run one part, with what it needs before it
  --help        print this`;

export function parseArguments(given: readonly string[], parts: readonly string[]): Request {
  const [flag, value, ...rest] = given;
  if (flag === undefined) return { kind: 'all' };
  if (flag === '--only') return parseOnly(value, rest, parts);
  if (flag !== '--list' && flag !== '--help') return refuse(`unknown argument ${flag}`);
  if (value !== undefined) return refuse(`${flag} takes nothing after it, not ${value}`);
  return { kind: flag === '--list' ? 'list' : 'help' };
}

function parseOnly(
  part: string | undefined,
  rest: readonly string[],
  parts: readonly string[],
): Request {
  if (part === undefined) return refuse('--only needs the name of a part');
  if (rest.length > 0) return refuse(`--only takes one part; ${rest.join(' ')} is too much`);
  if (!parts.includes(part)) return refuse(`no part is called ${part}: ${parts.join(', ')}`);
  return { kind: 'only', part };
}

function refuse(reason: string): Request {
  return { kind: 'refused', reason };
}
