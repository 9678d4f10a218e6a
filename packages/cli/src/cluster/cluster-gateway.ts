import { type Composition, OptionalAddressPool, OptionalNames } from '@firecamp/compose';
import { Database, Manager } from '@firecamp/core';
import { createGateway, type Gateway } from '@firecamp/gateway';
import type { Io } from '../io.ts';
import type { OpenSetting } from './setting.ts';
import { TokenFiles } from './state.ts';

/** What serves a manager's parts to agents and commands. It listens nowhere yet. */
export function createClusterGateway(
  root: Composition,
  { state, clock }: OpenSetting,
  io: Io,
): Gateway {
  return createGateway({
    database: root.get(Database),
    names: root.get(OptionalNames),
    addresses: root.get(OptionalAddressPool),
    manager: root.get(Manager),
    tokens: new TokenFiles(state.folder),
    clock,
    onFailure: (error) => io.err(`firecamp: gateway: ${String(error)}`),
  });
}
