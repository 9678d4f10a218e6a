import assert from 'node:assert/strict';
import type { DatabaseCapabilities } from '../../database/database.ts';
import { type Case, plain } from '../case.ts';
import { atomicCases } from './atomic.ts';
import { faultCases } from './faults.ts';
import type { DatabaseFixture } from './fixture.ts';
import { limitCases } from './limits.ts';
import { listCases } from './lists.ts';
import { watchCases } from './watch.ts';
import { writeCases } from './writes.ts';

/** The contract of a `Database` that claims these capabilities. */
export function databaseCases(claimed: DatabaseCapabilities): readonly Case<DatabaseFixture>[] {
  const honest: Case<DatabaseFixture> = plain({
    id: 'database.capabilities',
    title: 'the database claims what its definition claims, and no less than the least',
    run: async ({ database }) => {
      assert.deepEqual(database.capabilities, claimed);
      assert.ok(claimed.atomicWritesMax >= 1);
      assert.ok(claimed.valueBytesMax >= 65_536);
    },
  });
  return [
    honest,
    ...writeCases,
    ...limitCases(claimed),
    ...listCases,
    ...faultCases,
    ...atomicCases(claimed),
    ...watchCases(claimed),
  ];
}
