import { addressCases, type Lacks, register } from '@firecamp/core/conformance';
import * as vitest from 'vitest';
import { addressesOf } from './stand/addresses.ts';
import { worldsWith } from './stand/worlds.ts';

/** What the addresses of a world cannot have. */
const LACKS: Readonly<Record<string, Lacks>> = {
  swarm: { limitAddresses: 'a link counts no addresses of a node' },
  aws: { duplicateAddress: 'the network leads an address to one interface, whoever answers' },
};

for (const [kind, claims] of await worldsWith((stand) => stand.manager().addresses?.capabilities)) {
  if (claims === undefined) throw new TypeError(`the ${kind.name} world has no addresses`);
  const title = `the addresses of the ${kind.name} world`;
  register(vitest, title, addressCases(claims), () => addressesOf(kind), LACKS[kind.name]);
}
