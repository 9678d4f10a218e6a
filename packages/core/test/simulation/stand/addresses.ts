import type { AddressFixture, AddressNodeSide, Instruments } from '@firecamp/core/conformance';
import { guardAddresses, guardAddressNode } from '@firecamp/core/layers';
import type { WorldKind } from '@firecamp/core/simulation';
import { Ec2AddressBackend } from '../../../dist/simulation/doubles/ec2-addresses.js';
import { LinkBackend } from '../../../dist/simulation/doubles/link-addresses.js';
import { freshId } from '../../support/fresh-id.ts';
import { Stand } from './stand.ts';

/** The pool of a world as a manager has it, and the agents of two nodes. */
export async function addressesOf(kind: WorldKind): Promise<AddressFixture> {
  const stand = new Stand(kind, { nodes: 2, zones: 1 });
  const { addresses } = stand.manager();
  if (addresses === null) throw new TypeError('the world has no addresses');
  return {
    pool: guardAddresses(addresses),
    nodes: [sideOf(stand, 'n1'), sideOf(stand, 'n2')],
    zone: kind.zoneBound ? 'z1' : null,
    outside: '198.51.100.1',
    clock: stand.clock,
    freshId,
    instruments: { ...stand.wire.instruments, ...backendInstruments(stand) },
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  };
}

function sideOf(stand: Stand, id: string): AddressNodeSide {
  const { facts, addresses } = stand.agent(id);
  if (addresses === null) throw new TypeError('the world has no addresses');
  return { facts, addresses: guardAddressNode(addresses) };
}

function backendInstruments(stand: Stand): Instruments {
  const { addresses } = stand.cluster.deployment;
  return {
    limitPool: (more) => {
      addresses.shelf.size = more;
    },
    ...(addresses instanceof Ec2AddressBackend
      ? {
          limitAddresses: (more: number) => {
            addresses.perNodeMax = more;
          },
        }
      : {}),
    ...(addresses instanceof LinkBackend
      ? {
          duplicateAddress: async (ip: string) => {
            addresses.strangers.add(ip);
            return async () => {
              addresses.strangers.delete(ip);
            };
          },
        }
      : {}),
  };
}
