import { FireCampError, type SecretStore } from '@firecamp/core';

/** The agent's half: it reads, and can do nothing else. */
export function readOnly(store: SecretStore): SecretStore {
  const refuse = async (): Promise<never> => {
    throw new FireCampError('PERMISSION_DENIED', 'an agent only reads secrets', {
      operation: 'SecretStore.write',
    });
  };
  return {
    create: refuse,
    addVersion: refuse,
    retireVersion: refuse,
    remove: refuse,
    read: (name, version, call) => store.read(name, version, call),
    list: (prefix, call) => store.list(prefix, call),
  };
}
