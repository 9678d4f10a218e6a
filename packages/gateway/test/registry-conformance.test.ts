import { join } from 'node:path';
import {
  type AdapterDefinition,
  COLLECTIONS,
  type Json,
  type Names,
  type NodeFacts,
} from '@firecamp/core';
import {
  type AddressFixture,
  addressCases,
  type NamesFixture,
  namesCases,
  register,
} from '@firecamp/core/conformance';
import {
  MemoryAddresses,
  MemoryWire,
  MemoryZone,
  memoryAddresses,
  memoryNames,
} from '@firecamp/core/memory';
import { type RemoteOptions, remoteAddressPool, remoteNames } from '@firecamp/gateway';
import * as vitest from 'vitest';
import { FaultProxy } from './fault-proxy.ts';
import { clock, context, MANAGER, random, running } from './machine.ts';

/** A gateway, and a line to it that can fail. */
interface Line extends AsyncDisposable {
  readonly proxy: FaultProxy;
  readonly options: unknown;
}

async function line(names: Names): Promise<Line> {
  const home = await running({ names });
  const proxy = new FaultProxy(home.socket);
  const socket = join(home.folder, 'run', 'line');
  await proxy.listen(socket);
  return {
    proxy,
    options: { socket, tokenFile: await home.tokenFile(MANAGER) },
    [Symbol.asyncDispose]: async () => {
      await proxy[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

function made<Control, Node, Capabilities>(
  definition: AdapterDefinition<Control, Node, RemoteOptions, Capabilities>,
  options: unknown,
): Control {
  if (definition.control === null) throw new TypeError(`${definition.name} has no control half`);
  return definition.control(definition.parse(options), context);
}

const freshId = (): string => `case-${random.id()}`.slice(0, 40);

async function namesFixture(): Promise<NamesFixture> {
  const zone = new MemoryZone(new MemoryWire(clock), memoryNames.capabilities);
  const names = memoryNames.control?.({ backend: zone }, context);
  if (names === undefined) throw new TypeError('memory names have no control half');
  const { proxy, options, ...rest } = await line(names);
  return {
    names: made(remoteNames(names.capabilities), options),
    peer: made(remoteNames(names.capabilities), options),
    domain: 'conformance.internal',
    clock,
    freshId,
    instruments: {
      ...proxy.instruments,
      resolve: async (name, type) => zone.resolve(name, type),
    },
    [Symbol.asyncDispose]: rest[Symbol.asyncDispose],
  };
}

function facts(id: string): NodeFacts {
  return {
    ...{ id, boot: `boot-${id}`, incarnation: `run-${id}`, region: 'r', zone: 'zone-1' },
    ...{ machine: null, orchestratorNode: id, addresses: ['192.0.2.1'], interfaces: [] },
    ...{ storageClients: [], limits: { volumesMax: null, addressesMax: null } },
  };
}

async function addressFixture(): Promise<AddressFixture> {
  const backend = new MemoryAddresses(new MemoryWire(clock), memoryAddresses.capabilities);
  const { control, node } = memoryAddresses;
  if (control === null || node === null) throw new TypeError('memory addresses have two halves');
  const home = await running({ addresses: control({ backend }, context) });
  const options = { socket: home.socket, tokenFile: await home.tokenFile(MANAGER) };
  const { wire } = backend;
  const side = async (id: string): Promise<AddressFixture['nodes'][0]> => {
    const value = { schema: 1, facts: facts(id) } as unknown as Json;
    const key = { collection: COLLECTIONS.nodes, id, token: random.id() };
    await home.database.write([{ kind: 'create', ...key, value }]);
    return { facts: facts(id), addresses: node({ backend }, { ...context, node: id }) };
  };
  return {
    pool: made(remoteAddressPool(memoryAddresses.capabilities), options),
    nodes: [await side('node-a'), await side('node-b')],
    zone: 'zone-1',
    outside: '198.51.100.1',
    clock,
    freshId,
    // Those of the wire beneath the gateway, which the node's half has too.
    instruments: {
      requests: () => wire.requests(),
      loseRequest: () => wire.loseRequest(),
      loseAnswer: () => wire.loseAnswer(),
      delayRequest: () => wire.delayRequest(),
      leaveUnanswered: (which) => wire.leaveUnanswered(which),
      failPage2: () => wire.failPage2(),
      limitPool: (more) => {
        backend.size -= backend.free() - more;
      },
      limitAddresses: (more) => {
        backend.perNodeMax = backend.heldBy('node-a') + more;
      },
      duplicateAddress: async (ip) => {
        backend.duplicates.add(ip);
        return async () => {
          backend.duplicates.delete(ip);
        };
      },
    },
    [Symbol.asyncDispose]: () => home[Symbol.asyncDispose](),
  };
}

const { capabilities: names } = memoryNames;
const { capabilities: addresses } = memoryAddresses;
register(vitest, 'the remote names', namesCases(names), namesFixture);
register(vitest, 'the remote address pool', addressCases(addresses), addressFixture);
