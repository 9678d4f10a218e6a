import {
  type AdapterContext,
  type AdapterDefinition,
  AddressNode,
  AddressPool,
  type AddressPoolCapabilities,
  defineAdapter,
  type Instrumented,
} from '@firecamp/core';
import { guardAddresses, guardAddressNode } from '@firecamp/core/layers';
import { FaultWire, wireInstruments } from '@firecamp/files/faults';
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
  control: (options) => controlHalf(new LoopbackBackend(options)),
  node: (options, context) => nodeHalf(new LoopbackBackend(options), context),
  instrumented,
});

function controlHalf(backend: LoopbackBackend): AddressPool {
  return guardAddresses(new LoopbackPool(backend));
}

function nodeHalf(backend: LoopbackBackend, context: AdapterContext): AddressNode {
  return guardAddressNode(new LoopbackNode(backend, context));
}

/** All that is given out is one record, so that no list has a second page that could fail. */
function instrumented(options: LoopbackOptions): Instrumented<AddressPool, AddressNode> {
  const wire = new FaultWire();
  const backend = new LoopbackBackend(options, wire);
  const { failPage2: _, ...instruments } = wireInstruments(wire);
  return {
    control: () => controlHalf(backend),
    node: (context) => nodeHalf(backend, context),
    instruments,
  };
}
