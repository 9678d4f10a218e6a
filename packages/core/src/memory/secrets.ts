import { type AdapterDefinition, defineAdapter } from '../adapter.ts';
import { guardSecrets } from '../layers/guard-secrets.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import type { Secret } from '../secret/secret.ts';
import { type SecretName, SecretStore, type SecretVersion } from '../secret/secret-store.ts';
import { change, read, refusal } from './change.ts';
import { parseBackend } from './parse.ts';
import { entriesAfter, type MemoryWire, readPages } from './wire.ts';

const PAGE_MAX = 4;

interface Version {
  readonly version: string;
  readonly value: Secret;
  readonly retired: boolean;
}

/** The secrets behind every memory secret store that is made with it. */
export class MemoryVault {
  readonly wire: MemoryWire;
  readonly #secrets = new Map<SecretName, readonly Version[]>();

  constructor(wire: MemoryWire) {
    this.wire = wire;
  }

  create(name: SecretName, value: Secret): SecretVersion {
    const first = this.#secrets.get(name)?.[0];
    if (first !== undefined) return { name, version: first.version };
    this.#secrets.set(name, [{ version: '1', value, retired: false }]);
    return { name, version: '1' };
  }

  read(name: SecretName, wanted: string | undefined): Secret {
    const versions = this.#versions('SecretStore.read', name);
    const found =
      wanted === undefined
        ? versions.findLast(({ retired }) => !retired)
        : versions.find(({ version }) => version === wanted);
    if (found !== undefined) return found.value;
    throw refusal('NOT_FOUND', 'SecretStore.read', `${name} has no such version`, name);
  }

  addVersion(name: SecretName, value: Secret): SecretVersion {
    const versions = this.#versions('SecretStore.addVersion', name);
    const version = String(versions.length + 1);
    this.#secrets.set(name, [...versions, { version, value, retired: false }]);
    return { name, version };
  }

  retireVersion({ name, version }: SecretVersion): void {
    const versions = this.#secrets.get(name) ?? [];
    const retired = versions.map((one) =>
      one.version === version ? { ...one, retired: true } : one,
    );
    if (retired.length > 0) this.#secrets.set(name, retired);
  }

  remove(name: SecretName): void {
    this.#secrets.delete(name);
  }

  page(
    prefix: string,
    after: string | null,
    max: number,
  ): readonly (readonly [string, SecretName])[] {
    return entriesAfter(this.#secrets, after, max, (_versions, name) =>
      name.startsWith(prefix),
    ).map(([name]) => [name, name]);
  }

  #versions(operation: string, name: SecretName): readonly Version[] {
    const found = this.#secrets.get(name);
    if (found !== undefined) return found;
    throw refusal('NOT_FOUND', operation, `there is no secret ${name}`, name);
  }
}

class MemorySecrets implements SecretStore {
  readonly #vault: MemoryVault;

  constructor(vault: MemoryVault) {
    this.#vault = vault;
  }

  create(name: SecretName, value: Secret, options: EffectOptions): Promise<SecretVersion> {
    const request = { name: 'secrets.create', operation: 'SecretStore.create' };
    return change(this.#vault.wire, request, options, () => this.#vault.create(name, value));
  }

  read(name: SecretName, version?: string, call?: CallOptions): Promise<Secret> {
    const request = { name: 'secrets.read', operation: 'SecretStore.read' };
    return read(this.#vault.wire, request, call, () => this.#vault.read(name, version));
  }

  addVersion(name: SecretName, value: Secret, options: EffectOptions): Promise<SecretVersion> {
    const request = { name: 'secrets.add-version', operation: 'SecretStore.addVersion' };
    return change(this.#vault.wire, request, options, () => this.#vault.addVersion(name, value));
  }

  retireVersion(secret: SecretVersion, options: EffectOptions): Promise<void> {
    const request = { name: 'secrets.retire-version', operation: 'SecretStore.retireVersion' };
    return change(this.#vault.wire, request, options, () => this.#vault.retireVersion(secret));
  }

  remove(name: SecretName, options: EffectOptions): Promise<void> {
    const request = { name: 'secrets.remove', operation: 'SecretStore.remove' };
    return change(this.#vault.wire, request, options, () => this.#vault.remove(name));
  }

  list(prefix: string, call?: CallOptions): AsyncIterable<SecretName> {
    const request = { name: 'secrets.list', operation: 'SecretStore.list', pageMax: PAGE_MAX };
    return readPages(this.#vault.wire, { ...request, signal: call?.signal }, (after, max) =>
      this.#vault.page(prefix, after, max),
    );
  }
}

/** The vault of the test that made it. */
export interface MemorySecretsOptions {
  readonly backend: MemoryVault;
}

const make = ({ backend }: MemorySecretsOptions): SecretStore =>
  guardSecrets(new MemorySecrets(backend));

/** Secrets in memory; both halves are the same and share the {@link MemoryVault} given. */
export const memorySecrets: AdapterDefinition<
  SecretStore,
  SecretStore,
  MemorySecretsOptions,
  Record<never, never>
> = defineAdapter({
  name: 'memory',
  provides: { control: SecretStore, node: SecretStore },
  capabilities: {},
  parse: (options) => ({ backend: parseBackend(options, MemoryVault) }),
  control: make,
  node: make,
});
