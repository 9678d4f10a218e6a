import { type AdapterDefinition, defineAdapter, SecretStore } from '@firecamp/core';
import { type PrivateFolderOptions, parseOptions } from './options.ts';
import { PrivateFolder } from './private-folder.ts';
import { readOnly } from './read-only.ts';

export type { PrivateFolderOptions } from './options.ts';

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
  control: ({ root }) => new PrivateFolder(root),
  node: ({ root }) => readOnly(new PrivateFolder(root)),
});
