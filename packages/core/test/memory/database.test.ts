import { databaseCases, register } from '@firecamp/core/conformance';
import { memoryDatabase } from '@firecamp/core/memory';
import * as vitest from 'vitest';
import { memoryDatabaseFixture } from '../support/memory-database.ts';

const rich = memoryDatabase.capabilities;
const poor = { atomicWritesMax: 1, valueBytesMax: 65_536, watch: false };

register(vitest, 'the memory database', databaseCases(rich), () => memoryDatabaseFixture(rich));
register(vitest, 'the memory database, writing one at a time', databaseCases(poor), () =>
  memoryDatabaseFixture(poor),
);
