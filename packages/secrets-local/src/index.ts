import { type AdapterDefinition, defineAdapter, SecretStore } from '@firecamp/core';
import { guardSecrets } from '@firecamp/core/layers';
import type { FileWire } from '@firecamp/files';
import { type PrivateFolderOptions, parseOptions } from './options.ts';
import { PrivateFolder } from './private-folder.ts';
import { readOnly } from './read-only.ts';

export type { PrivateFolderOptions } from './options.ts';

/**
 * The manager's half of {@link privateFolder}.
 *
 * @param wire - a test may put faults there.
 */
export function createPrivateFolder(root: string, wire?: FileWire): SecretStore {
  return guardSecrets(new PrivateFolder(root, wire));
}

/** Secrets in a folder that only its owner can read, for a cluster on one machine. */
export const privateFolder: AdapterDefinition<
  SecretStore,
  SecretStore,
  PrivateFolderOptions,
  Readonly<Record<never, never>>
> = defineAdapter({
  name: 'private-folder',
  provides: { control: SecretStore, node: SecretStore },
  capabilities: {},
  parse: parseOptions,
  control: ({ root }) => createPrivateFolder(root),
  node: ({ root }) => readOnly(createPrivateFolder(root)),
});
