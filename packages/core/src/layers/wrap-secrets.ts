import type { SecretStore } from '../secret/secret-store.ts';
import { callerOf, type Wrap } from './call.ts';

const call = callerOf('SecretStore');

/** A version that is added twice would be two, so that no layer repeats it. */
export const wrapSecrets: Wrap<SecretStore> = (inner, around) => ({
  create: (name, value, options) =>
    around.promise(call('repeats', 'create', name, options), () =>
      inner.create(name, value, options),
    ),
  read: (name, version, options) =>
    around.promise(call('reads', 'read', name, options), () => inner.read(name, version, options)),
  addVersion: (name, value, options) =>
    around.promise(call('once', 'addVersion', name, options), () =>
      inner.addVersion(name, value, options),
    ),
  retireVersion: (secret, options) =>
    around.promise(call('repeats', 'retireVersion', secret.name, options), () =>
      inner.retireVersion(secret, options),
    ),
  remove: (name, options) =>
    around.promise(call('repeats', 'remove', name, options), () => inner.remove(name, options)),
  list: (prefix, options) =>
    around.iterate(call('reads', 'list', prefix, options), () => inner.list(prefix, options)),
});
