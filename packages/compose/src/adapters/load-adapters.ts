import {
  type AdapterDefinition,
  AddressNode,
  AddressPool,
  Database,
  Fencer,
  FireCampError,
  type Json,
  Names,
  NodeRuntime,
  Orchestrator,
  SecretStore,
  type Token,
  VolumeNode,
  VolumeStore,
} from '@firecamp/core';
import type { Choice, Configuration, SeamKey } from '../configuration/configuration.ts';
import { documentFault, type Path, pathText } from '../configuration/document.ts';
import type { ImportPackage } from './import-package.ts';

type AnyDefinition = AdapterDefinition<unknown, unknown, unknown, unknown>;

/** An adapter that the configuration chose, with its options read; nothing of it runs yet. */
export interface LoadedAdapter {
  readonly choice: Choice;
  readonly definition: AnyDefinition;
  readonly options: unknown;
}

/** All that a configuration names, loaded. */
export interface Adapters {
  readonly seams: Readonly<Record<SeamKey, LoadedAdapter | null>>;
  readonly fencers: readonly LoadedAdapter[];
  /** What the packages export; the catalog looks at it. */
  readonly recipes: readonly unknown[];
}

/** What each half must be, by the key under which the adapter stands. */
const HALVES: Readonly<
  Record<SeamKey | 'fencers', { readonly control: Token<unknown>; readonly node: Token<unknown> }>
> = {
  database: halves(Database, Database),
  volumes: halves(VolumeStore, VolumeNode),
  names: halves(Names, Names),
  addresses: halves(AddressPool, AddressNode),
  orchestrator: halves(Orchestrator, NodeRuntime),
  secrets: halves(SecretStore, SecretStore),
  fencers: halves(Fencer, Fencer),
};

function halves(control: symbol, node: symbol): (typeof HALVES)[SeamKey] {
  return { control: control as Token<unknown>, node: node as Token<unknown> };
}

/** Where adapters come from, and what they are told beside what the file says. */
export interface LoadOptions {
  readonly importPackage: ImportPackage;
  /**
   * The options as the adapter is to get them, for those that whoever loads knows more about than
   * the file says; left out, as in the file.
   */
  readonly complete?: (choice: Choice) => Json;
}

/**
 * Loads what the configuration names, and nothing else, and lets each adapter read its options.
 *
 * @throws `INVALID_ARGUMENT` - naming file, line and key: the package is not installed, does not
 *   export that name, exports something else than is needed there, or refuses the options.
 */
export async function loadAdapters(
  configuration: Configuration,
  options: LoadOptions,
): Promise<Adapters> {
  const loader = new Loader(configuration, options);
  const seam = async (key: SeamKey): Promise<LoadedAdapter | null> => {
    const choice = configuration.seams[key];
    return choice === null ? null : await loader.adapter(key, choice);
  };
  return {
    seams: {
      database: await seam('database'),
      volumes: await seam('volumes'),
      names: await seam('names'),
      addresses: await seam('addresses'),
      orchestrator: await seam('orchestrator'),
      secrets: await seam('secrets'),
    },
    fencers: await Promise.all(
      configuration.fencers.map((choice) => loader.adapter('fencers', choice)),
    ),
    recipes: await loadRecipes(configuration, options.importPackage),
  };
}

/** The recipes alone, for those who need no backend. @throws as {@link loadAdapters}. */
export async function loadRecipes(
  configuration: Configuration,
  importPackage: ImportPackage,
): Promise<readonly unknown[]> {
  const loader = new Loader(configuration, { importPackage });
  return await Promise.all(configuration.recipes.map((choice) => loader.recipe(choice)));
}

class Loader {
  readonly #configuration: Configuration;
  readonly #importPackage: ImportPackage;
  readonly #complete: (choice: Choice) => Json;

  constructor(configuration: Configuration, { importPackage, complete }: LoadOptions) {
    this.#configuration = configuration;
    this.#importPackage = importPackage;
    this.#complete = complete ?? (({ options }) => options);
  }

  async adapter(key: SeamKey | 'fencers', choice: Choice): Promise<LoadedAdapter> {
    const definition = await this.#exported(choice);
    const { control, node } = HALVES[key];
    if (!isDefinition(definition)) {
      throw this.#fault(choice.path, `${choice.use} is not an adapter`);
    }
    const { provides } = definition;
    const fits =
      (provides.control === null || provides.control === control) &&
      (provides.node === null || provides.node === node) &&
      (provides.control !== null || provides.node !== null);
    if (!fits) throw this.#fault(choice.path, `${choice.use} is an adapter, but not for ${key}`);
    return { choice, definition, options: this.#options(choice, definition) };
  }

  async recipe(choice: Choice): Promise<unknown> {
    const recipe = await this.#exported(choice);
    const looksRight =
      typeof recipe === 'object' && recipe !== null && 'hooks' in recipe && 'wanted' in recipe;
    if (looksRight) return recipe;
    throw this.#fault(choice.path, `${choice.use} is not a recipe`);
  }

  async #exported(choice: Choice): Promise<unknown> {
    const { package: name, exported, path } = choice;
    const found = await this.#import(name, path);
    if (found === null) {
      const where = this.#configuration.folder;
      const what = `the package ${name} is not installed; install it with: npm install ${name} --prefix ${where}`;
      throw this.#fault(path, what);
    }
    if (Object.hasOwn(found, exported)) return found[exported];
    const names = Object.keys(found).join(', ');
    throw this.#fault(path, `${name} exports no ${exported}; it exports ${names}`);
  }

  async #import(name: string, path: Path): ReturnType<ImportPackage> {
    try {
      return await this.#importPackage(name);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw this.#fault(path, `the package ${name} cannot be loaded: ${why}`, cause);
    }
  }

  #options(choice: Choice, definition: AnyDefinition): unknown {
    try {
      return definition.parse(this.#complete(choice));
    } catch (error) {
      if (!FireCampError.is(error, 'INVALID_ARGUMENT')) throw error;
      const key = error.subject['key'] ?? '';
      const segments = key.split(/[.[\]]+/).filter((segment) => segment !== '');
      const at = [...choice.path, 'with', ...segments.map(asIndex)];
      // The adapter's own words name the key already.
      const named = pathText(at).endsWith(key)
        ? error.message.replace(`${key}: `, '')
        : error.message;
      throw this.#fault(at, named, error);
    }
  }

  #fault(path: Path, what: string, cause?: unknown): FireCampError {
    return documentFault(this.#configuration.document, path, what, cause);
  }
}

function asIndex(segment: string): string | number {
  return /^\d+$/.test(segment) ? Number(segment) : segment;
}

function isDefinition(value: unknown): value is AnyDefinition {
  return (
    typeof value === 'object' &&
    value !== null &&
    'provides' in value &&
    typeof value.provides === 'object' &&
    'capabilities' in value &&
    'parse' in value &&
    typeof value.parse === 'function'
  );
}
