import { type AddressPool, type Database, type Manager, type Names, reachOf } from '@firecamp/core';
import { NodeAddressPool } from './node-address-pool.ts';
import { NodeDatabase, type NodeRights } from './node-database.ts';
import { NodeNames } from './node-names.ts';

/** The seams that one caller reaches. */
export interface Served {
  readonly database: Database;
  /** Null where the cluster has no names. */
  readonly names: Names | null;
  /** Null where the cluster has no static addresses. */
  readonly addresses: AddressPool | null;
  /** Null for agents, and where no manager is behind the gateway. */
  readonly manager: Questions | null;
}

/** What a manager says of the cluster without changing anything. */
export type Questions = Pick<Manager, 'services' | 'status' | 'nodes' | 'operations'>;

/** The same seams as the agent of one node may use them: they refuse what is not its own. */
export function servedToNode(
  { database, names, addresses }: Omit<Served, 'manager'>,
  rights: Omit<NodeRights, 'reachOf'>,
): Served {
  const { node } = rights;
  return {
    database: new NodeDatabase(database, {
      ...rights,
      reachOf: (record) => reachOf(record, addresses),
    }),
    names: names === null ? null : new NodeNames(names, database, node),
    addresses: addresses === null ? null : new NodeAddressPool(addresses, database, node),
    manager: null,
  };
}
