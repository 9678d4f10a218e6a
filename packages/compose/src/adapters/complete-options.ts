import { isAbsolute, join, resolve } from 'node:path';
import type { Json, JsonObject } from '@firecamp/core';
import type { Choice, Configuration } from '../configuration/configuration.ts';

/** What a bundled adapter is given where the file says nothing, so that a name alone will do. */
interface Completion {
  readonly defaults: (configuration: Configuration) => JsonObject;
  /** Keys whose value is a path; a relative one is taken from the folder of the file. */
  readonly paths: readonly string[];
}

const COMPLETIONS: Readonly<Record<string, Completion>> = {
  '@firecamp/db-sqlite#sqliteDatabase': {
    defaults: ({ stateFolder }) => ({ file: join(stateFolder, 'cluster.db') }),
    paths: ['file'],
  },
};

/** The options as an adapter's `parse` is to get them; those of other packages stay as they are. */
export function completedOptions(choice: Choice, configuration: Configuration): Json {
  const completion = COMPLETIONS[`${choice.package}#${choice.exported}`];
  const given = choice.options;
  if (completion === undefined) return given;
  const defaults = completion.defaults(configuration);
  if (given === null) return defaults;
  // What is no group is refused by the adapter itself, in its own words.
  if (typeof given !== 'object' || Array.isArray(given)) return given;
  const group = given as JsonObject;
  const absolute = completion.paths
    .map((key) => [key, group[key]] as const)
    .filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    .map(([key, path]) => [key, isAbsolute(path) ? path : resolve(configuration.folder, path)]);
  return { ...defaults, ...group, ...Object.fromEntries(absolute) };
}
