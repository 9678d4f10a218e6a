import { join } from 'node:path';
import {
  checkDomain,
  checkLabel,
  DEFAULT_HISTORY,
  DEFAULT_TIMING,
  EMBEDDED_TIMING,
  FireCampError,
  type HistoryLimits,
  type Json,
  type Timing,
} from '@firecamp/core';
import { BUNDLED, EMBEDDED } from './bundled.ts';
import type { Choice, Configuration, ConfiguredNode, SeamKey } from './configuration.ts';
import { type Document, described, documentFault, type Path } from './document.ts';
import { HISTORY_RANGES, KEY_ROWS, type Range } from './keys.ts';

const KEYS: readonly string[] = KEY_ROWS.flatMap(({ keys }) => keys);

/** A cluster's name is a label of DNS beside those of its services. */
const CLUSTER_NAME_MAX = 40;
const NODE_NAME_MAX = 40;
/** Of one machine. */
const NODES_MAX = 64;
const CHOICES_MAX = 64;

const TIMINGS: Readonly<Record<string, Timing>> = {
  embedded: EMBEDDED_TIMING,
  network: DEFAULT_TIMING,
};

/** `<package>#<what it exports>`; a package's name as npm has them. */
const REFERENCE = /^((?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*)#([A-Za-z_$][\w$]*)$/;

/** The folder beside the file in which all state is kept. */
const STATE_FOLDER = '.firecamp';

/** @param folder - that of the configuration. */
export function stateFolderIn(folder: string): string {
  return join(folder, STATE_FOLDER);
}

/**
 * Reads the configuration out of a document. Nothing is loaded or created.
 *
 * @param folder - that of the file, absolute.
 * @throws `INVALID_ARGUMENT` - naming file, line, key and what was expected.
 */
export function parseConfiguration(document: Document, folder: string): Configuration {
  return new ConfigurationReader(document, folder).read();
}

class ConfigurationReader {
  readonly #document: Document;

  readonly #folder: string;

  constructor(document: Document, folder: string) {
    this.#document = document;
    this.#folder = folder;
  }

  read(): Configuration {
    const top = this.#group(this.#document.value, [], KEYS);
    const cluster = this.#named(top['cluster'], ['cluster'], CLUSTER_NAME_MAX);
    const domain = this.#domain(top['domain'], cluster);
    const names = this.#seam(top, 'names', domain === null);
    return {
      document: this.#document,
      folder: this.#folder,
      stateFolder: stateFolderIn(this.#folder),
      cluster,
      domain: names === null ? null : domain,
      region: top['region'] === undefined ? 'local' : this.#named(top['region'], ['region'], 40),
      timing: this.#timing(top['timing']),
      nodes: this.#nodes(top['nodes']),
      seams: {
        database: this.#seam(top, 'database', false),
        volumes: this.#seam(top, 'volumes', false),
        names,
        addresses: this.#seam(top, 'addresses', false),
        orchestrator: this.#seam(top, 'orchestrator', false),
        secrets: this.#seam(top, 'secrets', false),
      },
      fencers: this.#choices(top['fencers'], 'fencers', ['process-gone']),
      recipes: this.#choices(top['recipes'], 'recipes', Object.keys(BUNDLED.recipes)),
      history: this.#history(top['history']),
    };
  }

  #domain(value: Json | undefined, cluster: string): string | null {
    if (value === 'none') return null;
    if (value === undefined) return `${cluster}.firecamp.test`;
    const domain = this.#text(value, ['domain'], 'a domain such as db.internal, or none');
    return this.#checked(['domain'], () => checkDomain('domain', domain));
  }

  #timing(value: Json | undefined): Timing {
    const known = Object.keys(TIMINGS).join(' or ');
    const preset = this.#text(value === undefined ? 'embedded' : value, ['timing'], known);
    const timing = Object.hasOwn(TIMINGS, preset) ? TIMINGS[preset] : undefined;
    if (timing === undefined) throw this.#expected(['timing'], known, value);
    return timing;
  }

  #history(value: Json | undefined): HistoryLimits {
    if (value === undefined) return DEFAULT_HISTORY;
    const group = this.#group(value, ['history'], Object.keys(HISTORY_RANGES));
    const limit = (key: keyof HistoryLimits): number => {
      const given = group[key];
      if (given === undefined) return DEFAULT_HISTORY[key];
      return this.#whole(given, ['history', key], HISTORY_RANGES[key]);
    };
    return {
      recentMax: limit('recentMax'),
      keptMax: limit('keptMax'),
      repeatMs: limit('repeatMs'),
    };
  }

  #nodes(value: Json | undefined): readonly ConfiguredNode[] {
    const given =
      value !== undefined
        ? value
        : [
            { name: 'node-1', zone: 'zone-1' },
            { name: 'node-2', zone: 'zone-2' },
            { name: 'node-3', zone: 'zone-3' },
          ];
    const nodes = this.#list(given, ['nodes'], NODES_MAX).map((item, index) => {
      const path: Path = ['nodes', index];
      const node = this.#group(item, path, ['name', 'zone']);
      return {
        name: this.#named(node['name'], [...path, 'name'], NODE_NAME_MAX),
        zone: this.#named(node['zone'], [...path, 'zone'], NODE_NAME_MAX),
      };
    });
    nodes.forEach(({ name }, index) => {
      if (nodes.findIndex((node) => node.name === name) === index) return;
      throw this.#fault(['nodes', index, 'name'], `there is another node called ${name}`);
    });
    return nodes;
  }

  #seam(top: Readonly<Record<string, Json>>, key: SeamKey, absent: boolean): Choice | null {
    const value = top[key];
    const optional = key === 'names' || key === 'addresses';
    if (optional && (value === 'none' || (value === undefined && absent))) return null;
    return this.#choice(value === undefined ? EMBEDDED[key] : value, [key], BUNDLED[key], optional);
  }

  #choices(
    value: Json | undefined,
    key: 'fencers' | 'recipes',
    fallback: readonly string[],
  ): readonly Choice[] {
    const choices = this.#list(value === undefined ? fallback : value, [key], CHOICES_MAX).map(
      (item, index) => this.#choice(item, [key, index], BUNDLED[key], false),
    );
    choices.forEach(({ use, path }, index) => {
      if (choices.findIndex((choice) => choice.use === use) === index) return;
      throw this.#fault(path, `${use} is in the list twice`);
    });
    return choices;
  }

  /** A text, or a group of `use` and `with`. */
  #choice(
    value: Json,
    path: Path,
    short: Readonly<Record<string, string>>,
    optional: boolean,
  ): Choice {
    const grouped = typeof value === 'object' && value !== null;
    const group = grouped ? this.#group(value, path, ['use', 'with']) : { use: value };
    const at = grouped ? [...path, 'use'] : path;
    const words = [...Object.keys(short), ...(optional ? ['none'] : [])].join(', ');
    const expected = `${words}, or <package>#<export>`;
    const use = this.#text(group['use'], at, expected);
    const found = REFERENCE.exec(Object.hasOwn(short, use) ? (short[use] ?? '') : use);
    if (found === null) throw this.#expected(at, expected, use);
    const [, name = '', exported = ''] = found;
    return { package: name, exported, use, options: group['with'] ?? null, path };
  }

  #group(value: Json | undefined, path: Path, keys: readonly string[]): Record<string, Json> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw this.#expected(path, `a group of the keys ${keys.join(', ')}`, value);
    }
    const group = value as Record<string, Json>;
    const unknown = Object.keys(group).find((key) => !keys.includes(key));
    if (unknown === undefined) return group;
    throw this.#fault([...path, unknown], `is not a key here; there are ${keys.join(', ')}`);
  }

  #list(value: Json, path: Path, itemsMax: number): readonly Json[] {
    if (!Array.isArray(value)) throw this.#expected(path, 'a list', value);
    if (value.length === 0 && path[0] === 'recipes') {
      throw this.#expected(path, 'at least one recipe', value);
    }
    if (value.length > itemsMax) {
      throw this.#fault(path, `has ${value.length} items, at most ${itemsMax}`);
    }
    return value;
  }

  #whole(value: Json, path: Path, { min, max }: Range): number {
    const fits = Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max;
    if (fits) return Number(value);
    throw this.#expected(path, `a whole number from ${min} to ${max}`, value);
  }

  #text(value: Json | undefined, path: Path, expected: string): string {
    if (typeof value === 'string' && value !== '') return value;
    throw this.#expected(path, expected, value);
  }

  #named(value: Json | undefined, path: Path, lengthMax: number): string {
    const name = this.#text(value, path, 'a name of lower-case letters, digits and dashes');
    return this.#checked(path, () => checkLabel(String(path.at(-1)), name, lengthMax));
  }

  #checked<T>(path: Path, check: () => T): T {
    try {
      return check();
    } catch (error) {
      if (!FireCampError.is(error)) throw error;
      throw this.#fault(path, error.message, error);
    }
  }

  #expected(path: Path, expected: string, value: Json | undefined): FireCampError {
    return this.#fault(path, `expected ${expected}, found ${described(value)}`);
  }

  #fault(path: Path, what: string, cause?: unknown): FireCampError {
    return documentFault(this.#document, path, what, cause);
  }
}
