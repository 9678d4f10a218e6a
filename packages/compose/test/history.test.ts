import {
  compose,
  loadAdapters,
  managerParts,
  parseConfiguration,
  readYaml,
  systemClock,
  systemRandom,
} from '@firecamp/compose';
import {
  type Catalog,
  COLLECTIONS,
  Database,
  ignoreEvents,
  type Json,
  Manager,
  type OperationRecord,
} from '@firecamp/core';
import * as memory from '@firecamp/core/memory';
import { expect, test } from 'vitest';

const FILE = `cluster: demo
domain: none
database: memory#memoryDatabase
volumes: memory#memoryVolumes
addresses: none
orchestrator: memory#memoryOrchestrator
secrets: memory#memorySecrets
fencers: []
recipes: [memory#recipe]
history: { recentMax: 1 }
`;

const RECIPE = { name: 'recipe', hooks: {}, wanted: () => ({}) };
const LOOKS_MS_MAX = 30_000;

/** A cluster in memory, as this file describes it. */
async function settingOf(text: string) {
  const wire = new memory.MemoryWire(systemClock);
  const backends: Readonly<Record<string, object>> = {
    memoryDatabase: new memory.MemoryRecords(wire),
    memoryVolumes: new memory.MemoryDisks(wire, memory.memoryVolumes.capabilities),
    memoryOrchestrator: new memory.MemoryScheduler(wire, systemClock),
    memorySecrets: new memory.MemoryVault(wire),
  };
  const document = readYaml('firecamp.yaml', new TextEncoder().encode(text));
  const configuration = parseConfiguration(document, '/shop');
  const adapters = await loadAdapters(configuration, {
    importPackage: async () => ({ ...memory, recipe: RECIPE }),
    complete: ({ exported }) => ({ backend: backends[exported] }) as never,
  });
  return { configuration, adapters, clock: systemClock, random: systemRandom };
}

function ended(id: string, endedMs: number): OperationRecord {
  return {
    ...{ schema: 1, id, kind: 'stop', service: 's1', serviceName: 'pg', who: 'ada', why: '' },
    ...{ request: {}, state: 'done', generation: 1, runner: null, lease: null, cancel: false },
    ...{ stepsDone: 0, stepsTotal: 0, steps: [], error: '', createdMs: 0, endedMs },
  };
}

test('a manager keeps as much of the history as the file says', async () => {
  const catalog = { recipes: [] } as unknown as Catalog;
  const options = { id: 'm-1', catalog, events: ignoreEvents };
  await using root = compose(...managerParts(await settingOf(FILE), options));
  const database = root.get(Database);
  const idsOf = async (collection: string): Promise<readonly string[]> => {
    const ids: string[] = [];
    for await (const { id } of database.list(collection)) ids.push(id);
    return ids;
  };
  for (const [index, id] of ['o1', 'o2', 'o3'].entries()) {
    const value = ended(id, index + 1) as unknown as Json;
    const made = { kind: 'create', collection: COLLECTIONS.operations, id, value } as const;
    await database.write([{ ...made, token: id }]);
  }
  const end = new AbortController();
  const running = root.get(Manager).run(end.signal);

  await expect.poll(() => idsOf(COLLECTIONS.operations), { timeout: LOOKS_MS_MAX }).toEqual(['o3']);
  expect(await idsOf(COLLECTIONS.history)).toEqual(['o1', 'o2']);
  end.abort();
  await running;
});
