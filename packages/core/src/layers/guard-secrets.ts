import type { CallOptions, EffectOptions } from '../permit.ts';
import type { Secret } from '../secret/secret.ts';
import type { SecretName, SecretStore, SecretVersion } from '../secret/secret-store.ts';
import { checkSignal, invalid, shown, utf8Bytes } from './argument.ts';
import { OneAtATime } from './one-at-a-time.ts';

const NAME = /^[a-z0-9-]{1,63}\/[a-z0-9-]{1,63}$/;
const PREFIX = /^[a-z0-9/-]{0,127}$/;
/** The least of what the stores behind the adapters can keep. */
const VALUE_BYTES_MAX = 4096;

/** Checks all that a caller gives, and takes the calls on one secret one after another. */
export function guardSecrets(inner: SecretStore): SecretStore {
  return new GuardedSecrets(inner);
}

class GuardedSecrets implements SecretStore {
  readonly #inner: SecretStore;
  readonly #queue = new OneAtATime();

  constructor(inner: SecretStore) {
    this.#inner = inner;
  }

  async create(name: SecretName, value: Secret, options: EffectOptions): Promise<SecretVersion> {
    checkName('SecretStore.create', name);
    checkValue('SecretStore.create', name, value);
    return this.#queue.run(name, 'SecretStore.create', options.signal, () =>
      this.#inner.create(name, value, options),
    );
  }

  async read(name: SecretName, version?: string, call?: CallOptions): Promise<Secret> {
    checkName('SecretStore.read', name);
    checkSignal('SecretStore.read', call?.signal);
    return this.#inner.read(name, version, call);
  }

  async addVersion(
    name: SecretName,
    value: Secret,
    options: EffectOptions,
  ): Promise<SecretVersion> {
    checkName('SecretStore.addVersion', name);
    checkValue('SecretStore.addVersion', name, value);
    return this.#queue.run(name, 'SecretStore.addVersion', options.signal, () =>
      this.#inner.addVersion(name, value, options),
    );
  }

  async retireVersion(secret: SecretVersion, options: EffectOptions): Promise<void> {
    checkName('SecretStore.retireVersion', secret.name);
    return this.#queue.run(secret.name, 'SecretStore.retireVersion', options.signal, () =>
      this.#inner.retireVersion(secret, options),
    );
  }

  async remove(name: SecretName, options: EffectOptions): Promise<void> {
    checkName('SecretStore.remove', name);
    return this.#queue.run(name, 'SecretStore.remove', options.signal, () =>
      this.#inner.remove(name, options),
    );
  }

  async *list(prefix: string, call?: CallOptions): AsyncGenerator<SecretName> {
    if (typeof prefix !== 'string' || !PREFIX.test(prefix)) {
      throw invalid('SecretStore.list', `${shown(prefix)} begins no secret's name`, 'prefix');
    }
    checkSignal('SecretStore.list', call?.signal);
    yield* this.#inner.list(prefix, call);
  }
}

function checkName(operation: string, name: SecretName): void {
  if (typeof name === 'string' && NAME.test(name)) return;
  throw invalid(operation, `${shown(name)} is not <service uid>/<name>`, 'name');
}

/** The value itself is in no message: its length is. */
function checkValue(operation: string, name: SecretName, value: Secret): void {
  const bytes = utf8Bytes(value.reveal());
  if (bytes >= 1 && bytes <= VALUE_BYTES_MAX) return;
  throw invalid(operation, `${name}: ${bytes} bytes, not 1 to ${VALUE_BYTES_MAX}`, 'value');
}
