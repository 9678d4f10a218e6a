import { resolve } from 'node:path';
import { type Document, documentFault, type Path, readDocument, readYaml } from '@firecamp/compose';
import { checkLabel, FireCampError, type Json, type JsonObject } from '@firecamp/core';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import type { Input } from '../input.ts';
import { CHANGE_OPTIONS, changeRequest } from '../service-options.ts';
import { submitChange } from '../submit.ts';

const MEMBERS_MAX = 1000;

export const serviceCreate: Command = {
  arguments: [
    { form: '<recipe>', text: 'what kind of service; see: firecamp adapters' },
    { form: '<service>', text: 'its name: lower-case letters, digits and dashes' },
  ],
  options: [
    { flags: '--members <count>', text: 'how many members it has', fallback: '1' },
    { flags: '--spec <file>', text: "a file of YAML or JSON with the recipe's settings" },
    { flags: '--set <key=value>', text: 'one setting; goes before the file', many: true },
    {
      flags: '--addressing <how>',
      text: 'how members are found: by an address for life, or by name alone',
      choices: ['static', 'name'],
      fallback: 'static',
    },
    {
      flags: '--deletion <policy>',
      text: 'what a deletion does with the volumes; protect refuses it',
      choices: ['protect', 'retain', 'wipe'],
      fallback: 'retain',
    },
    ...CHANGE_OPTIONS,
  ],
  examples: [
    ['firecamp create postgresql pg --members 3', 'a primary and two standbys'],
    ['firecamp create custom web --spec web.yaml', 'a program of your own'],
  ],
  run: async (context, input) => {
    const name = checkLabel('service', input.text('service'));
    const members = input.integer('members', 1, MEMBERS_MAX) ?? 1;
    const spec = await readSpec(context, input);
    const recipe = input.text('recipe');
    const request = changeRequest(input, context.io);
    const addressing = input.text('addressing') === 'name' ? 'name' : 'static';
    const deletion = deletionOf(input.text('deletion'));
    const wanted = { name, recipe, members, spec: spec.value, addressing, deletion } as const;
    return await submitChange(
      context,
      (manager) => located(spec, () => manager.create({ ...request, ...wanted })),
      ({ catalog }) =>
        located(spec, async () => {
          if (catalog.recipes.includes(recipe)) {
            return catalog.parse(recipe, spec.value, members, addressing);
          }
          const known = catalog.recipes.join(', ');
          throw input.refusal('recipe', `there is none called ${recipe}; there are ${known}`);
        }),
    );
  },
};

function deletionOf(text: string): 'protect' | 'retain' | 'wipe' {
  return text === 'protect' || text === 'wipe' ? text : 'retain';
}

interface Spec {
  readonly value: JsonObject;
  /** Null where there is no file to point into. */
  readonly document: Document | null;
  /** Keys that were given on the command line. */
  readonly set: ReadonlySet<string>;
}

async function readSpec(context: Context, input: Input): Promise<Spec> {
  const file = input.optionalText('spec');
  const document = file === null ? null : await readDocument(resolve(context.io.folder, file));
  const given = document === null ? {} : groupOf(document);
  const settings = input.texts('set').map((text) => setting(text, input));
  return {
    value: { ...given, ...Object.fromEntries(settings) },
    document,
    set: new Set(settings.map(([key]) => key)),
  };
}

function groupOf(document: Document): JsonObject {
  const { value } = document;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw documentFault(document, [], 'expected a group of keys: the settings of the recipe');
}

/** `key=value`, the value read as YAML, so that numbers are numbers. */
function setting(text: string, input: Input): readonly [string, Json] {
  const at = text.indexOf('=');
  const key = text.slice(0, at);
  if (at < 1 || !/^[A-Za-z][\w-]*$/.test(key)) {
    throw input.refusal('set', `expected key=value, found ${JSON.stringify(text.slice(0, 60))}`);
  }
  return [key, readYaml(`--set ${key}`, new TextEncoder().encode(text.slice(at + 1))).value];
}

/** Points into the file, where that is what the recipe refuses. */
async function located<T>({ document, set }: Spec, create: () => Promise<T>): Promise<T> {
  try {
    return await create();
  } catch (error) {
    const key = FireCampError.is(error, 'INVALID_ARGUMENT') ? error.subject['key'] : undefined;
    if (document === null || key === undefined || !FireCampError.is(error)) throw error;
    const path = pathOf(key);
    const [top = ''] = path;
    if (set.has(String(top)) || !Object.hasOwn(groupOf(document), top)) throw error;
    throw documentFault(document, path, error.message.replace(`${key}: `, ''), error);
  }
}

/** `ports[0].port` as the keys and numbers of items that lead there. */
function pathOf(key: string): Path {
  return [...key.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name = '']) =>
    index === undefined ? name : Number(index),
  );
}
