import { FireCampError } from '../../error.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { Secret } from '../../secret/secret.ts';
import type { SecretName, SecretStore, SecretVersion } from '../../secret/secret-store.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { readPages } from './pages.ts';

const CREATE = writeKind('secrets', 'create');
const READ = readKind('secrets', 'read');
const ADD = writeKind('secrets', 'add-version');
const RETIRE = writeKind('secrets', 'retire-version');
const REMOVE = writeKind('secrets', 'remove');
const LIST = readKind('secrets', 'list');

interface Version {
  readonly value: Secret;
  retired: boolean;
}

/** All secrets of a cluster: versions by name. */
export class SecretsBackend {
  readonly stored: Map<SecretName, Version[]> = new Map();
}

/** The secrets as one process reaches them. */
export class SimulatedSecrets implements SecretStore {
  readonly #port: Port;
  readonly #backend: SecretsBackend;

  constructor(port: Port, backend: SecretsBackend) {
    this.#port = port;
    this.#backend = backend;
  }

  async create(name: SecretName, value: Secret, options: EffectOptions): Promise<SecretVersion> {
    const { stored } = this.#backend;
    const create = (): SecretVersion => {
      if (!stored.has(name)) stored.set(name, [{ value, retired: false }]);
      return { name, version: '1' };
    };
    return this.#port.change(CREATE, create, options);
  }

  async read(name: SecretName, version?: string, call?: CallOptions): Promise<Secret> {
    const read = (): Secret => {
      const versions = this.#require(name);
      const found =
        version === undefined
          ? versions.findLast(({ retired }) => !retired)
          : versions[Number(version) - 1];
      if (found === undefined) throw missing(name);
      return found.value;
    };
    return this.#port.call(READ, read, call);
  }

  async addVersion(
    name: SecretName,
    value: Secret,
    options: EffectOptions,
  ): Promise<SecretVersion> {
    const add = (): SecretVersion => {
      const versions = this.#require(name);
      versions.push({ value, retired: false });
      return { name, version: String(versions.length) };
    };
    return this.#port.change(ADD, add, options);
  }

  async retireVersion({ name, version }: SecretVersion, options: EffectOptions): Promise<void> {
    const retire = (): void => {
      const found = this.#backend.stored.get(name)?.[Number(version) - 1];
      if (found !== undefined) found.retired = true;
    };
    return this.#port.change(RETIRE, retire, options);
  }

  async remove(name: SecretName, options: EffectOptions): Promise<void> {
    const remove = (): void => {
      this.#backend.stored.delete(name);
    };
    return this.#port.change(REMOVE, remove, options);
  }

  async *list(prefix: string, call?: CallOptions): AsyncIterable<SecretName> {
    const names = (): readonly SecretName[] =>
      [...this.#backend.stored.keys()].filter((name) => name.startsWith(prefix));
    yield* readPages(this.#port, { kind: LIST, all: names, keyOf: (name) => name }, call);
  }

  #require(name: SecretName): Version[] {
    const versions = this.#backend.stored.get(name);
    if (versions === undefined) throw missing(name);
    return versions;
  }
}

function missing(name: SecretName): FireCampError {
  return new FireCampError('NOT_FOUND', `no secret ${name}`, { operation: 'secrets.read' });
}
