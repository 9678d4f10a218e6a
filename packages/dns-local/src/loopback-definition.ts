import {
  type AdapterContext,
  type AdapterDefinition,
  AddressNode,
  AddressPool,
  type AddressPoolCapabilities,
  defineAdapter,
} from '@firecamp/core';
import { guardAddresses, guardAddressNode } from '@firecamp/core/layers';
import { LoopbackBackend } from './loopback-backend.ts';
import { LoopbackNode } from './loopback-node.ts';
import { type LoopbackOptions, parseLoopbackOptions } from './loopback-options.ts';
import { LoopbackPool, loopbackCapabilities } from './loopback-pool.ts';

/** Static addresses in 127.0.0.0/8, which every node of the machine reaches. */
export const loopbackAddresses: AdapterDefinition<
  AddressPool,
  AddressNode,
  LoopbackOptions,
  AddressPoolCapabilities
> = defineAdapter({
  name: 'loopback',
  provides: { control: AddressPool, node: AddressNode },
  capabilities: loopbackCapabilities,
  parse: parseLoopbackOptions,
  control: (options) => createLoopbackPool(new LoopbackBackend(options)),
  node: (options, context) => createLoopbackNode(new LoopbackBackend(options), context),
});

/** The manager's half over a backend that a test may have put faults into. */
export function createLoopbackPool(backend: LoopbackBackend): AddressPool {
  return guardAddresses(new LoopbackPool(backend));
}

/** As {@link createLoopbackPool}, the agent's. */
export function createLoopbackNode(
  backend: LoopbackBackend,
  context: Pick<AdapterContext, 'node' | 'boot'>,
): AddressNode {
  return guardAddressNode(new LoopbackNode(backend, context));
}
