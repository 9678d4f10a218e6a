import type { Secret } from '@firecamp/core';
import type { MemberFacts } from '../recipe.ts';

/** A text with `${name}` in it, taken apart. */
export type Template = readonly (string | { readonly name: string })[];

/** `$${` stands for `${` itself. */
const PIECE = /\$\$\{|\$\{([^}]*)\}?/g;

export function parseTemplate(text: string): Template {
  const pieces: (string | { readonly name: string })[] = [];
  let at = 0;
  for (const match of text.matchAll(PIECE)) {
    pieces.push(text.slice(at, match.index));
    if (match[0] === '$${') pieces.push('${');
    else pieces.push({ name: match[0].endsWith('}') ? (match[1] ?? '') : match[0] });
    at = match.index + match[0].length;
  }
  return [...pieces, text.slice(at)];
}

/** @param lookUp - undefined for a name that it does not know, which stays as it was written. */
export function renderTemplate(text: string, lookUp: (name: string) => string | undefined): string {
  return parseTemplate(text)
    .map((piece) =>
      typeof piece === 'string' ? piece : (lookUp(piece.name) ?? `\${${piece.name}}`),
    )
    .join('');
}

/** What a spec declares that names in a template may refer to. */
export interface Declared {
  readonly members: number;
  readonly volumes: readonly { readonly role: string }[];
  readonly ports: readonly { readonly name: string }[];
  readonly secrets: readonly { readonly name: string }[];
}

const MEMBER_NAMES = [
  'address',
  'cluster',
  'dnsName',
  'files',
  'leader',
  'members',
  'name',
  'ordinal',
  'secrets',
  'service',
] as const;

const EACH = ['address', 'dnsName', 'name'] as const;

/** All names that a file of this spec may hold; those of secrets only where secrets belong. */
export function knownNames(declared: Declared, secret: boolean): readonly string[] {
  const ordinals = Array.from({ length: declared.members }, (_, ordinal) => ordinal);
  return [
    ...MEMBER_NAMES,
    ...EACH.map((what) => `all.${what}`),
    ...ordinals.flatMap((ordinal) => EACH.map((what) => `member.${ordinal}.${what}`)),
    ...declared.volumes.map(({ role }) => `volume.${role}`),
    ...declared.ports.map(({ name }) => `port.${name}`),
    ...(secret ? declared.secrets.map(({ name }) => `secret.${name}`) : []),
  ];
}

/** The values of those names for one member; what is not known at the moment is empty. */
export function nameValues(
  facts: MemberFacts,
  ports: readonly { readonly name: string; readonly port: number }[],
  secrets: Readonly<Record<string, Secret>>,
): ReadonlyMap<string, string> {
  const { address, dnsName, name, ordinal, paths, peers } = facts;
  const all = [...peers, { ordinal, name, dnsName, address }].sort((a, b) => a.ordinal - b.ordinal);
  return new Map([
    ['address', address],
    ['cluster', facts.cluster],
    ['dnsName', dnsName ?? ''],
    ['files', paths.files],
    ['leader', `${facts.leader}`],
    ['members', `${facts.members}`],
    ['name', name],
    ['ordinal', `${ordinal}`],
    ['secrets', paths.secrets],
    ['service', facts.service],
    ...EACH.map((what) => [`all.${what}`, all.map((each) => each[what] ?? '').join(',')] as const),
    ...all.flatMap((each) =>
      EACH.map((what) => [`member.${each.ordinal}.${what}`, each[what] ?? ''] as const),
    ),
    ...Object.entries(paths.volumes).map(([role, path]) => [`volume.${role}`, path] as const),
    ...ports.map((port) => [`port.${port.name}`, `${port.port}`] as const),
    ...Object.entries(secrets).map(([key, value]) => [`secret.${key}`, value.reveal()] as const),
  ]);
}
