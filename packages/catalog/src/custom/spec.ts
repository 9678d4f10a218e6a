import { STOP_AFTER_MS_MAX } from '@firecamp/core';
import type { MemberFile } from '../recipe.ts';
import {
  anyText,
  bytes,
  distinct,
  fields,
  integer,
  listOf,
  mapOf,
  oneOf,
  orNull,
  otherwise,
  type Read,
  specFault,
  text,
} from '../spec.ts';
import { type Declared, knownNames, parseTemplate } from './template.ts';

type Port = { readonly name: string; readonly port: number; readonly protocol: 'tcp' | 'udp' };
type Volume = { readonly role: string; readonly sizeBytes: number };
type File = {
  readonly place: MemberFile['place'];
  readonly path: string;
  readonly content: string;
  readonly onChange: MemberFile['onChange'];
};

/** How to tell that a member serves. */
export type Ready =
  | { readonly kind: 'none' }
  | { readonly kind: 'tcp'; readonly port: string }
  | { readonly kind: 'command'; readonly command: readonly string[] };

/** A program that FireCamp knows nothing of but what stands here. */
export type CustomSpec = {
  readonly image: string | null;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports: readonly Port[];
  readonly volumes: readonly Volume[];
  readonly files: readonly File[];
  readonly secrets: readonly { readonly name: string; readonly bytes: number }[];
  readonly ready: Ready;
  /** Run after files with `onChange: reload` changed. */
  readonly reload: readonly string[] | null;
  readonly startOrder: 'parallel' | 'leader-first';
  readonly restartOrder: 'leader-last' | 'leader-first';
  readonly unavailableMax: number;
  readonly stopSignal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT';
  readonly graceMs: number;
  readonly memoryBytesMax: number | null;
  readonly cpuMillisMax: number | null;
  /** Null: silence stops no member. The least that is allowed follows from the cluster's timing. */
  readonly isolation: { readonly stopAfterMs: number } | null;
};

const MIB = 2 ** 20;
const SIZE_BYTES_MAX = 2 ** 46;
const LIST_MAX = 64;
const COMMAND_MAX = 256;
const TEXT_MAX = 4096;
const CONTENT_MAX = 2 ** 16;

const label = text(/^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$/, 'a name such as data');
const command = listOf(anyText(TEXT_MAX), COMMAND_MAX);
const place = text(
  /^(files|secrets|volume:[a-z][a-z0-9-]*)$/,
  'files, secrets or volume:ROLE',
) as Read<MemberFile['place']>;
const path = text(
  /^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9._-]{1,100}(\/[A-Za-z0-9._-]{1,100}){0,7}$/,
  'a relative path of letters, digits, dots, dashes and underscores',
);

const none = fields({ kind: oneOf('none') });
const tcp = fields({ kind: oneOf('tcp'), port: label });
const byCommand = fields({ kind: oneOf('command'), command });
const kindOnly: Read<string> = oneOf('none', 'tcp', 'command');

const ready: Read<Ready> = (value, key) => {
  const given = typeof value === 'object' && value !== null && 'kind' in value ? value.kind : null;
  const kind = kindOnly(given, `${key}.kind`);
  if (kind === 'tcp') return tcp(value, key);
  return kind === 'command' ? byCommand(value, key) : none(value, key);
};

const read = fields({
  image: orNull(text(/^[A-Za-z0-9][A-Za-z0-9._/:@-]{0,254}$/, 'an image by name and tag')),
  command: otherwise(command, []),
  environment: otherwise(mapOf(anyText(TEXT_MAX), /^[A-Za-z_][A-Za-z0-9_]*$/, LIST_MAX), {}),
  ports: otherwise(
    listOf(
      fields({
        name: label,
        port: integer(1, 65_535),
        protocol: otherwise(oneOf('tcp', 'udp'), 'tcp'),
      }),
      LIST_MAX,
    ),
    [],
  ),
  volumes: otherwise(
    listOf(fields({ role: label, sizeBytes: bytes(MIB, SIZE_BYTES_MAX) }), LIST_MAX),
    [],
  ),
  files: otherwise(
    listOf(
      fields({
        place: otherwise(place, 'files'),
        path,
        content: anyText(CONTENT_MAX),
        onChange: otherwise(oneOf('nothing', 'reload', 'restart'), 'restart'),
      }),
      LIST_MAX,
    ),
    [],
  ),
  secrets: otherwise(
    listOf(fields({ name: label, bytes: otherwise(integer(16, 256), 24) }), LIST_MAX),
    [],
  ),
  ready: otherwise(ready, { kind: 'none' }),
  reload: orNull(command),
  startOrder: otherwise(oneOf('parallel', 'leader-first'), 'parallel'),
  restartOrder: otherwise(oneOf('leader-last', 'leader-first'), 'leader-last'),
  unavailableMax: otherwise(integer(1, 1000), 1),
  stopSignal: otherwise(oneOf('SIGTERM', 'SIGINT', 'SIGQUIT'), 'SIGTERM'),
  graceMs: otherwise(integer(0, 3_600_000), 30_000),
  memoryBytesMax: orNull(bytes(MIB, SIZE_BYTES_MAX)),
  cpuMillisMax: orNull(integer(1, 1_000_000)),
  isolation: orNull(fields({ stopAfterMs: integer(1, STOP_AFTER_MS_MAX) })),
});

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseCustom(input: unknown, members: number): CustomSpec {
  const spec: CustomSpec = read(input, '');
  if (spec.image === null && spec.command.length === 0) {
    throw specFault('command', 'is missing, and so is image; one of them is needed');
  }
  distinct(
    'ports',
    spec.ports.map(({ name }) => name),
  );
  distinct(
    'volumes',
    spec.volumes.map(({ role }) => role),
  );
  distinct(
    'secrets',
    spec.secrets.map(({ name }) => name),
  );
  distinct(
    'files',
    spec.files.map((file) => `${file.place}/${file.path}`),
  );
  checkCommand(spec);
  checkReferences(spec, { ...spec, members });
  return spec;
}

/** The node's runtime fills these in, and refuses all others. */
function checkCommand(spec: CustomSpec): void {
  const known = ['address', 'files', 'name', 'secrets'];
  const names = new Set([...known, ...spec.volumes.map(({ role }) => `volume.${role}`)]);
  const texts = [
    ...spec.command.map((part, index) => [`command[${index}]`, part] as const),
    ...Object.entries(spec.environment).map(
      ([name, part]) => [`environment.${name}`, part] as const,
    ),
  ];
  for (const [key, part] of texts) {
    if (part.includes('$${')) throw specFault(key, 'holds $${, which is for files only');
    checkNames(part, key, names);
  }
}

function checkReferences(spec: CustomSpec, declared: Declared): void {
  const open = new Set(knownNames(declared, false));
  const all = new Set(knownNames(declared, true));
  spec.files.forEach((file, index) => {
    const role = file.place.startsWith('volume:') ? file.place.slice('volume:'.length) : null;
    if (role !== null && !spec.volumes.some((volume) => volume.role === role)) {
      throw specFault(`files[${index}].place`, `there is no volume ${role}`);
    }
    checkNames(file.content, `files[${index}].content`, file.place === 'secrets' ? all : open);
  });
  const { ready, reload } = spec;
  if (ready.kind === 'tcp' && !spec.ports.some((port) => isTcp(port, ready.port))) {
    throw specFault('ready.port', `there is no tcp port ${ready.port}`);
  }
  checkHookCommand(ready.kind === 'command' ? ready.command : null, 'ready.command', open);
  checkHookCommand(reload, 'reload', open);
  if (reload === null && spec.files.some(({ onChange }) => onChange === 'reload')) {
    throw specFault('reload', 'is missing, yet a file asks for it when it changes');
  }
}

function checkHookCommand(
  parts: readonly string[] | null,
  key: string,
  names: ReadonlySet<string>,
): void {
  if (parts === null) return;
  if (parts[0]?.startsWith('/') !== true) throw specFault(`${key}[0]`, 'is no absolute path');
  parts.forEach((part, index) => {
    checkNames(part, `${key}[${index}]`, names);
  });
}

function isTcp(port: Port, name: string): boolean {
  return port.name === name && port.protocol === 'tcp';
}

function checkNames(value: string, key: string, names: ReadonlySet<string>): void {
  for (const piece of parseTemplate(value)) {
    if (typeof piece === 'string' || names.has(piece.name)) continue;
    throw specFault(key, `holds \${${piece.name}}, which is not known there`);
  }
}
