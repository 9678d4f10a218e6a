import { databaseCases, namesCases, register, secretCases } from '@firecamp/core/conformance';
import * as vitest from 'vitest';
import { databaseOf, namesOf, secretsOf } from './stand/records.ts';
import { worldsWith } from './stand/worlds.ts';

for (const [kind, claims] of await worldsWith((stand) => stand.manager().database.capabilities)) {
  const title = `the database of the ${kind.name} world`;
  register(vitest, title, databaseCases(claims), () => databaseOf(kind));
}

for (const [kind, claims] of await worldsWith((stand) => stand.manager().names?.capabilities)) {
  if (claims === undefined) throw new TypeError(`the ${kind.name} world has no names`);
  register(vitest, `the names of the ${kind.name} world`, namesCases(claims), () => namesOf(kind));
}

for (const [kind] of await worldsWith(() => null)) {
  register(vitest, `the secrets of the ${kind.name} world`, secretCases(), () => secretsOf(kind));
}
