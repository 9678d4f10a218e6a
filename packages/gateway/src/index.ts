import {
  type AdapterDefinition,
  Database,
  type DatabaseCapabilities,
  defineAdapter,
} from '@firecamp/core';
import { guardDatabase } from '@firecamp/core/layers';
import { parseOptions, type RemoteOptions } from './client/options.ts';
import { capabilities, RemoteDatabase } from './client/remote-database.ts';

export type { RemoteOptions } from './client/options.ts';
export {
  createGateway,
  type Gateway,
  type GatewayParts,
  type Listener,
} from './server/create-gateway.ts';
export { type GatewayTokens, type Principal, TokenFolder } from './server/tokens.ts';

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
