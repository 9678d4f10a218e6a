import { addressCases, namesCases, register } from '@firecamp/core/conformance';
import { memoryAddresses, memoryNames } from '@firecamp/core/memory';
import * as vitest from 'vitest';
import { memoryAddressFixture, memoryNamesFixture } from '../support/memory-registry.ts';

const names = memoryNames.capabilities;
const poorNames = {
  ...names,
  changesMax: 1,
  lists: false,
  settles: 'resolve-only',
  types: ['A'],
} as const;

register(vitest, 'memory names', namesCases(names), () => memoryNamesFixture(names));
register(vitest, 'memory names that cannot list', namesCases(poorNames), () =>
  memoryNamesFixture(poorNames),
);

const addresses = memoryAddresses.capabilities;
const kinds = {
  'memory addresses that move by one call': addresses,
  'memory addresses that are announced': { ...addresses, move: 'announce', zoneBound: false },
  'memory addresses that every node reaches': { ...addresses, move: 'in-place' },
  'memory addresses of which a node holds nine': { ...addresses, perNodeMax: 9 },
} as const;

for (const [title, capabilities] of Object.entries(kinds)) {
  register(vitest, title, addressCases(capabilities), () => memoryAddressFixture(capabilities));
}
