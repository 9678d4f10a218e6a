import {
  type AdapterDefinition,
  AddressPool,
  type AddressPoolCapabilities,
  type Clock,
  Database,
  type DatabaseCapabilities,
  defineAdapter,
  Names,
  type NamesCapabilities,
} from '@firecamp/core';
import { guardDatabase } from '@firecamp/core/layers';
import { parseOptions, type RemoteOptions } from './client/options.ts';
import { RemoteAddressPool } from './client/remote-address-pool.ts';
import { capabilities, RemoteDatabase } from './client/remote-database.ts';
import { RemoteManager } from './client/remote-manager.ts';
import { RemoteNames } from './client/remote-names.ts';
import type { Questions } from './policy/served.ts';

export type { RemoteOptions } from './client/options.ts';
export type { NodeRights } from './policy/node-database.ts';
export { type Questions, type Served, servedToNode } from './policy/served.ts';
export {
  createGateway,
  type Gateway,
  type GatewayParts,
  type Listener,
} from './server/create-gateway.ts';
export {
  digestOfToken,
  type GatewayTokens,
  isTokenOf,
  makeToken,
  type Principal,
  TokenFolder,
} from './server/tokens.ts';

/** The database behind a gateway, for agents and for programs beside a manager. */
export const remoteDatabase: AdapterDefinition<
  Database,
  Database,
  RemoteOptions,
  DatabaseCapabilities
> = defineAdapter({
  name: 'gateway',
  provides: { control: Database, node: Database },
  capabilities,
  parse: parseOptions,
  control: (options, context) => guardDatabase(new RemoteDatabase(options, context.clock)),
  node: (options, context) => guardDatabase(new RemoteDatabase(options, context.clock)),
});

/** The names behind a gateway. @param of - what those names can do, as their definition says. */
export function remoteNames(
  of: NamesCapabilities,
): AdapterDefinition<Names, Names, RemoteOptions, NamesCapabilities> {
  return defineAdapter({
    name: 'gateway',
    provides: { control: Names, node: Names },
    capabilities: of,
    parse: parseOptions,
    control: (options, context) => new RemoteNames(options, context.clock, of),
    node: (options, context) => new RemoteNames(options, context.clock, of),
  });
}

/** The address pool behind a gateway. @param of - what that pool can do. */
export function remoteAddressPool(
  of: AddressPoolCapabilities,
): AdapterDefinition<AddressPool, AddressPool, RemoteOptions, AddressPoolCapabilities> {
  return defineAdapter({
    name: 'gateway',
    provides: { control: AddressPool, node: AddressPool },
    capabilities: of,
    parse: parseOptions,
    control: (options, context) => new RemoteAddressPool(options, context.clock, of),
    node: (options, context) => new RemoteAddressPool(options, context.clock, of),
  });
}

/** The manager behind a gateway, as far as it answers questions. No I/O happens here. */
export function remoteManager(options: RemoteOptions, clock: Clock): Questions & AsyncDisposable {
  return new RemoteManager(options, clock);
}
