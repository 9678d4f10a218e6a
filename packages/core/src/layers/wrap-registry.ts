import type { AddressNode, AddressPool } from '../registry/addresses.ts';
import type { ChangeResult, NameChange, Names } from '../registry/names.ts';
import { callerOf, type Wrap } from './call.ts';

const namesCall = callerOf('Names');
const poolCall = callerOf('AddressPool');
const nodeCall = callerOf('AddressNode');

function unknownResults(changes: readonly NameChange[]): readonly ChangeResult[] {
  return changes.map(({ name }) => ({ name, outcome: 'unknown', settle: null }));
}

export const wrapNames: Wrap<Names> = (inner, around) => ({
  capabilities: inner.capabilities,
  get: (name, options) =>
    around.promise(namesCall('reads', 'get', name, options), () => inner.get(name, options)),
  list: (filter) =>
    around.iterate(namesCall('reads', 'list', '', filter), () => inner.list(filter)),
  change: (changes, options) =>
    around.promise(
      namesCall('repeats', 'change', changes.map(({ name }) => name).join(' '), options),
      () => inner.change(changes, options),
      () => unknownResults(changes),
    ),
  settled: (settle, options) =>
    around.promise(namesCall('reads', 'settled', settle, options), () =>
      inner.settled(settle, options),
    ),
});

export const wrapAddresses: Wrap<AddressPool> = (inner, around) => ({
  capabilities: inner.capabilities,
  allocate: (spec, options) =>
    around.promise(poolCall('repeats', 'allocate', spec.id, options), () =>
      inner.allocate(spec, options),
    ),
  get: (id, options) =>
    around.promise(poolCall('reads', 'get', id, options), () => inner.get(id, options)),
  list: (filter, options) =>
    around.iterate(poolCall('reads', 'list', '', options), () => inner.list(filter, options)),
  release: (id, options) =>
    around.promise(poolCall('repeats', 'release', id, options), () => inner.release(id, options)),
  holders: (id, options) =>
    around.promise(poolCall('reads', 'holders', id, options), () => inner.holders(id, options)),
  assign: (id, to, options) =>
    around.promise(poolCall('repeats', 'assign', id, options), () => inner.assign(id, to, options)),
});

export const wrapAddressNode: Wrap<AddressNode> = (inner, around) => ({
  bind: (address, options) =>
    around.promise(nodeCall('repeats', 'bind', address.id, options), () =>
      inner.bind(address, options),
    ),
  unbind: (address, options) =>
    around.promise(nodeCall('repeats', 'unbind', address.id, options), () =>
      inner.unbind(address, options),
    ),
  bound: (options) =>
    around.iterate(nodeCall('reads', 'bound', '', options), () => inner.bound(options)),
});
