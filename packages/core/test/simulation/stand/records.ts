import type { DatabaseFixture, NamesFixture, SecretFixture } from '@firecamp/core/conformance';
import { guardDatabase, guardNames, guardSecrets } from '@firecamp/core/layers';
import type { WorldKind } from '@firecamp/core/simulation';
import { freshId } from '../../support/fresh-id.ts';
import { Stand } from './stand.ts';

/** The database of a world as its managers have it. */
export async function databaseOf(kind: WorldKind): Promise<DatabaseFixture> {
  const stand = new Stand(kind);
  return {
    database: guardDatabase(stand.manager(0).database),
    peer: guardDatabase(stand.manager(1).database),
    collections: ['first', 'second'],
    ...common(stand),
  };
}

/** The names of a world as a manager and as an agent have them. */
export async function namesOf(kind: WorldKind): Promise<NamesFixture> {
  const stand = new Stand(kind);
  const { names, domain } = stand.manager();
  const peer = stand.agent('n1').names;
  if (names === null || peer === null || domain === null) throw new TypeError('no names');
  const { instruments, ...rest } = common(stand);
  return {
    names: guardNames(names),
    peer: guardNames(peer),
    domain,
    ...rest,
    instruments: {
      ...instruments,
      resolve: async (name, type) => {
        if (type !== 'A') throw new TypeError('worlds look up nothing but addresses');
        return stand.cluster.deployment.lookUp(name) ?? [];
      },
    },
  };
}

/** The secrets of a world as its managers have them. */
export async function secretsOf(kind: WorldKind): Promise<SecretFixture> {
  const stand = new Stand(kind);
  return {
    secrets: guardSecrets(stand.manager(0).secrets),
    peer: guardSecrets(stand.manager(1).secrets),
    ...common(stand),
  };
}

function common(stand: Stand) {
  return {
    clock: stand.clock,
    freshId,
    instruments: stand.wire.instruments,
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  };
}
