import type { AddressPool, Database, Names } from '@firecamp/core';

/** The seams that one caller reaches; for a node's agent they refuse what is not its own. */
export interface Served {
  readonly database: Database;
  /** Null where the cluster has no names. */
  readonly names: Names | null;
  /** Null where the cluster has no static addresses. */
  readonly addresses: AddressPool | null;
}
