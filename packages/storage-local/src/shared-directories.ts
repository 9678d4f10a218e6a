import {
  type AdapterContext,
  type AdapterDefinition,
  defineAdapter,
  type Instrumented,
  VolumeNode,
  VolumeStore,
  type VolumeStoreCapabilities,
} from '@firecamp/core';
import { guardVolumeNode, guardVolumes } from '@firecamp/core/layers';
import { FaultWire, wireInstruments } from '@firecamp/files/faults';
import { Backend } from './backend.ts';
import { capabilities } from './capabilities.ts';
import { directoryMounts } from './directory-mounts.ts';
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
  control: ({ root }, context) => controlHalf(new Backend(root), context),
  node: ({ root }, context) => nodeHalf(new Backend(root), context),
  mounts: ({ root }, context) => directoryMounts(root, context),
  instrumented,
});

function controlHalf(backend: Backend, context: AdapterContext): VolumeStore {
  return guardVolumes(new SharedDirectoryStore(backend, context));
}

function nodeHalf(backend: Backend, context: AdapterContext): VolumeNode {
  return guardVolumeNode(new SharedDirectoryNode(backend, context));
}

function instrumented({ root }: SharedDirectoriesOptions): Instrumented<VolumeStore, VolumeNode> {
  const wire = new FaultWire();
  const backend = new Backend(root, wire);
  return {
    control: (context) => controlHalf(backend, context),
    node: (context) => nodeHalf(backend, context),
    instruments: wireInstruments(wire),
  };
}
