import assert from 'node:assert/strict';
import type { NodeFacts } from '../../model/node.ts';
import type { Address, AddressNode, AddressPool, AddressSpec } from '../../registry/addresses.ts';
import type { CaseFixture } from '../case.ts';
import { collect } from '../expect.ts';
import { allowed } from '../permit.ts';
import { tagsOf } from '../tags.ts';

/** A node on which addresses are configured. */
export interface AddressNodeSide {
  readonly facts: NodeFacts;
  readonly addresses: AddressNode;
}

/** What the cases of addresses work on: the pool, and two nodes that can hold its addresses. */
export interface AddressFixture extends CaseFixture {
  readonly pool: AddressPool;
  readonly nodes: readonly [AddressNodeSide, AddressNodeSide];
  /** Where the cases ask for addresses; null where the pool is not bound to zones. */
  readonly zone: string | null;
  /** An address of the first family that the pool does not have. */
  readonly outside: string;
}

export function freshAddress(fixture: AddressFixture): AddressSpec {
  const [family] = fixture.pool.capabilities.families;
  assert.ok(family, 'a pool serves at least one family');
  return { id: fixture.freshId(), zone: fixture.zone, family, tags: tagsOf(fixture) };
}

export async function allocatedAddress(fixture: AddressFixture): Promise<Address> {
  return fixture.pool.allocate(freshAddress(fixture), allowed());
}

/** An address that the first node holds. */
export async function assignedAddress(fixture: AddressFixture): Promise<Address> {
  const address = await allocatedAddress(fixture);
  await fixture.pool.assign(address.id, fixture.nodes[0].facts, allowed());
  return address;
}

export async function boundAddress(fixture: AddressFixture): Promise<Address> {
  const address = await assignedAddress(fixture);
  await fixture.nodes[0].addresses.bind(address, allowed());
  return address;
}

/** What the node has configured of that address. */
export async function boundOf({ addresses }: AddressNodeSide, { id }: Address): Promise<unknown> {
  const all = await collect(addresses.bound());
  return all.filter((one) => one.id === id).map(({ ip }) => ip);
}
