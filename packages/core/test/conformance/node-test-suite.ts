import * as nodeTest from 'node:test';
import { databaseCases, register } from '@firecamp/core/conformance';
import { memoryDatabase } from '@firecamp/core/memory';
import { memoryDatabaseFixture } from '../support/memory-database.ts';

const cases = databaseCases(memoryDatabase.capabilities);

register(nodeTest, 'the memory database', cases, async () => {
  const fixture = await memoryDatabaseFixture();
  const { failPage2: _without, ...instruments } = fixture.instruments;
  return { ...fixture, instruments };
});
