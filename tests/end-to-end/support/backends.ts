import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@firecamp/compose';
import type { AdapterContext, AdapterDefinition } from '@firecamp/core';
import { loopbackAddresses } from '@firecamp/dns-local';
import { privateFolder } from '@firecamp/secrets-local';
import { sharedDirectories } from '@firecamp/storage-local';
import type { TestCluster } from './test-cluster.ts';

/** What is left of services in the backends themselves, asked beside everything else. */
export interface Leftovers {
  readonly volumes: readonly string[];
  readonly addresses: readonly string[];
  readonly secrets: readonly string[];
}

export async function leftovers({ folder }: Pick<TestCluster, 'folder'>): Promise<Leftovers> {
  const state = join(folder, '.firecamp');
  const filter = { cluster: 'e2e' };
  const volumes = control(sharedDirectories, { root: join(state, 'volumes') });
  const addresses = control(loopbackAddresses, { folder: join(state, 'addresses') });
  const secrets = control(privateFolder, { root: join(state, 'secrets') });
  return {
    volumes: (await all(volumes.list(filter))).map(({ id }) => id),
    addresses: (await all(addresses.list(filter))).map(({ id }) => id),
    secrets: await all(secrets.list('')),
  };
}

function control<C, N, O, K>(definition: AdapterDefinition<C, N, O, K>, options: unknown): C {
  const context: AdapterContext = {
    cluster: 'e2e',
    clock: systemClock,
    random: systemRandom,
    node: null,
    boot: null,
    stateFolder: join('/nonexistent', randomUUID()),
  };
  if (definition.control === null) throw new TypeError(`${definition.name} has no control half`);
  return definition.control(definition.parse(options), context);
}

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const made: T[] = [];
  for await (const item of items) made.push(item);
  return made;
}
