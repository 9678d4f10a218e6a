import { join } from 'node:path';
import { type DatabaseFixture, databaseCases, register } from '@firecamp/core/conformance';
import { guardDatabase } from '@firecamp/core/layers';
import { sqliteDatabase } from '@firecamp/db-sqlite';
import * as vitest from 'vitest';
import { clock, contextWith, folder, random } from './machine.ts';

/** Two programs' databases of one file, counted together. */
async function fixture(): Promise<DatabaseFixture> {
  const home = await folder();
  const file = join(home.path, 'a.db');
  const { control, instruments } = sqliteDatabase.instrumented?.({ file }) ?? {};
  if (control == null || instruments === undefined) throw new TypeError('it has instruments');
  // A guard around a guard, only to have a type that can be closed.
  const open = () => guardDatabase(control(contextWith(clock)));
  const database = open();
  const peer = open();
  return {
    database,
    peer,
    collections: ['conformance', 'conformance-other'],
    clock,
    freshId: () => `case-${random.id()}`.slice(0, 40),
    instruments,
    [Symbol.asyncDispose]: async () => {
      await Promise.all([database[Symbol.asyncDispose](), peer[Symbol.asyncDispose]()]);
      await home[Symbol.asyncDispose]();
    },
  };
}

const NO_TRANSPORT = 'a call is a call of a library in this program: there is no transport';

register(vitest, 'the SQLite database', databaseCases(sqliteDatabase.capabilities), fixture, {
  failPage2: NO_TRANSPORT,
  loseRequest: NO_TRANSPORT,
  loseAnswer: NO_TRANSPORT,
  delayRequest: NO_TRANSPORT,
  leaveUnanswered: NO_TRANSPORT,
});
