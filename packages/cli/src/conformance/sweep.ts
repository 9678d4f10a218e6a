import type {
  AddressNode,
  AddressPool,
  Database,
  EffectOptions,
  Names,
  SecretStore,
  VolumeNode,
  VolumeStore,
} from '@firecamp/core';

// Removes what the cases of a suite have left, and nothing else: all of it is marked as theirs.

/** In the tags of all that the cases make. */
const CLUSTER = 'conformance';
const ID_PREFIX = 'case-';
const REQUEST_MS = 10_000;

const EFFECT: EffectOptions = { permit: { generation: 1, ask: async () => REQUEST_MS } };

export async function sweepDatabase(
  database: Database,
  { next }: { readonly next: () => string },
  collections: readonly string[],
): Promise<void> {
  for (const collection of collections) {
    for await (const { id, revision } of database.list(collection)) {
      await database.write([{ kind: 'remove', collection, id, revision, token: next() }]);
    }
  }
}

export async function sweepVolumes(
  store: VolumeStore,
  nodes: readonly VolumeNode[],
): Promise<void> {
  for (const volumes of nodes) {
    for await (const { volume } of volumes.acquired()) {
      await volumes.release({ id: volume }, EFFECT);
    }
  }
  for await (const { id } of store.list({ cluster: CLUSTER })) await store.remove(id, EFFECT);
  if (!store.capabilities.snapshots) return;
  for await (const { id } of store.listSnapshots({ cluster: CLUSTER })) {
    await store.removeSnapshot(id, EFFECT);
  }
}

export async function sweepNames(names: Names, domain: string): Promise<void> {
  if (!names.capabilities.lists) return;
  for await (const { name, owner, generation, removed } of names.list()) {
    if (removed || !name.startsWith(ID_PREFIX) || !name.endsWith(domain)) continue;
    await names.change([{ name, owner, generation: generation + 1, records: null }], EFFECT);
  }
}

export async function sweepAddresses(
  pool: AddressPool,
  nodes: readonly AddressNode[],
): Promise<void> {
  for (const addresses of nodes) {
    for await (const address of addresses.bound()) await addresses.unbind(address, EFFECT);
  }
  for await (const { id } of pool.list({ cluster: CLUSTER })) await pool.release(id, EFFECT);
}

export async function sweepSecrets(secrets: SecretStore): Promise<void> {
  for await (const name of secrets.list(ID_PREFIX)) await secrets.remove(name, EFFECT);
}
