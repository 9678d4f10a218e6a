import {
  type AdapterDefinition,
  defineAdapter,
  VolumeNode,
  VolumeStore,
  type VolumeStoreCapabilities,
} from '@firecamp/core';
import { Backend } from './backend.ts';
import { capabilities } from './capabilities.ts';
import { parseOptions, type SharedDirectoriesOptions } from './options.ts';
import { SharedDirectoryNode } from './shared-directory-node.ts';
import { SharedDirectoryStore } from './shared-directory-store.ts';

/** Volumes that are folders beneath one root, shared by all nodes of one host. */
export const sharedDirectories: AdapterDefinition<
  VolumeStore,
  VolumeNode,
  SharedDirectoriesOptions,
  VolumeStoreCapabilities
> = defineAdapter({
  name: 'shared-directories',
  provides: { control: VolumeStore, node: VolumeNode },
  capabilities,
  parse: parseOptions,
  control: ({ root }, context) => new SharedDirectoryStore(new Backend(root), context),
  node: ({ root }, context) => new SharedDirectoryNode(new Backend(root), context),
});
