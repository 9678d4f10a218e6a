import { COLLECTIONS, FireCampError, type Json, serviceNameId } from '@firecamp/core';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { memoryCluster, plainCatalog } from '../support/memory-manager.ts';
import { KINDS, operation, service, stored } from '../support/records.ts';

/** One choice of cases, so that a failure comes again; another seed finds others. */
const SEED = 1;
const PERMIT_MS = 1_000;
const REPAIR_MS_MAX = 30_000;

type Path = readonly (string | number)[];
type Kind = (typeof KINDS)[number];

/** What may be absent, as records of older programs have it. */
const OPTIONAL: ReadonlySet<string> = new Set([
  'service.zones',
  'member.proofs.0.expiresMs',
  'node.facts.interfaces.0.id',
]);

/** What stands in each place of a kind's record, from the outside in. */
function placesOf(value: Json, path: Path = []): readonly (readonly [path: Path, value: Json])[] {
  const beneath = (): readonly (readonly [Path, Json])[] => {
    if (typeof value !== 'object' || value === null) return [];
    const entries: readonly (readonly [string | number, Json])[] = Array.isArray(value)
      ? value.map((item, index) => [index, item] as const)
      : Object.entries(value);
    return entries.flatMap(([key, item]) => placesOf(item, [...path, key]));
  };
  return [[path, value], ...beneath()];
}

/** The same record with something else in one place; `undefined` takes it away. */
function replaced(value: Json, [key, ...rest]: Path, by: unknown): Json {
  if (key === undefined) return by as Json;
  const copy = structuredClone(value) as Record<string | number, Json>;
  const next = replaced(copy[key] ?? null, rest, by);
  if (next === undefined) delete copy[key];
  else copy[key] = next;
  return copy;
}

/** What never fits where such a value stands. */
function misfitsFor(value: Json): readonly unknown[] {
  if (Array.isArray(value)) return [7, 'x', {}, true];
  switch (typeof value) {
    case 'number':
      return [-1, 1.5, 2 ** 53, 1e300, Number.NaN, Number.POSITIVE_INFINITY, '3', true, [], {}];
    case 'string':
      return [7, true, [], {}];
    case 'boolean':
      return [0, 1, 'true', null, []];
    default:
      // A null says nothing of what else may stand there.
      return value === null ? [] : [7, 'x', [], true];
  }
}

function codeOf({ decode }: Kind, value: unknown): string {
  try {
    decode(value);
    return 'taken';
  } catch (error) {
    return FireCampError.is(error) ? error.code : String(error);
  }
}

test.each(KINDS)('a $kind with anything in a place where it does not fit is corrupt', (kind) => {
  const record = stored(kind.record);
  const taken: unknown[] = [];
  let tried = 0;

  for (const [path, value] of placesOf(record)) {
    for (const misfit of misfitsFor(value)) {
      const code = codeOf(kind, replaced(record, path, misfit));
      tried += 1;
      if (code !== 'CORRUPT') taken.push([path.join('.'), misfit, code]);
    }
  }

  expect(taken).toEqual([]);
  expect(tried).toBeGreaterThan(10);
});

test.each(KINDS)('a $kind that lacks anything is corrupt, but for what may be absent', (kind) => {
  const record = stored(kind.record);
  const taken = placesOf(record)
    .map(([path]) => path)
    .filter((path) => typeof path.at(-1) === 'string')
    .filter((path) => codeOf(kind, replaced(record, path, undefined)) !== 'CORRUPT')
    .map((path) => [kind.kind, ...path].join('.'));

  expect(taken.filter((path) => !OPTIONAL.has(path))).toEqual([]);
});

test.each(KINDS)('whatever a $kind is read from, it is that, corrupt, or too new', (kind) => {
  const record = stored(kind.record);
  const places = placesOf(record).map(([path]) => path);
  const spoiled = fc
    .array(fc.tuple(fc.nat(places.length - 1), fc.jsonValue({ maxDepth: 3 })), { maxLength: 3 })
    .map((changes) =>
      changes.reduce((value, [at, by]) => {
        const path = places[at] ?? [];
        return has(value, path) ? replaced(value, path, by) : value;
      }, record),
    );

  fc.assert(
    fc.property(fc.oneof(spoiled, fc.jsonValue({ maxDepth: 6 })), (value) => {
      const before = JSON.stringify(value);
      const code = codeOf(kind, value);
      expect(['taken', 'CORRUPT', 'FAILED_PRECONDITION']).toContain(code);
      if (code === 'taken') expect(stored(kind.decode(stored(kind.decode(value))))).toEqual(value);
      expect(JSON.stringify(value)).toBe(before);
    }),
    { numRuns: 500, seed: SEED },
  );
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

function has(value: Json, [key, ...rest]: Path): boolean {
  if (key === undefined) return true;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return false;
  return has((value as Record<string | number, Json>)[key] ?? null, rest);
}

test.each(KINDS)('a $kind with keys of the language is no way into it', (kind) => {
  const text = JSON.stringify(kind.record);
  const hostile = JSON.parse(
    `{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},${text.slice(1)}`,
  );

  expect(codeOf(kind, hostile)).toBe('taken');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  const [first = ''] = Object.keys(kind.record).filter((key) => key !== 'schema');
  const inherited = JSON.parse(`{"schema":1,"__proto__":${text}}`);
  expect([first, codeOf(kind, inherited)]).toEqual([first, 'CORRUPT']);
});

describe('a manager beside a bad record of any kind', () => {
  const bad: readonly (readonly [what: string, value: Json])[] = [
    ['null', null],
    ['a list', []],
    ['a text', '<html></html>'],
    ['an empty object', {}],
    ['a schema and no more', { schema: 1 }],
    ['of a newer schema', { schema: 2 }],
    ['of a schema that is a text', { schema: '1' }],
    ['60 levels deep', JSON.parse(`${'['.repeat(60)}${']'.repeat(60)}`)],
  ];
  const kinds = Object.values(COLLECTIONS);

  test.each(kinds.flatMap((kind) => bad.map(([what, value]) => [kind, what, value] as const)))(
    'in %s that is %s does its work, and leaves it as it is',
    async (collection, _what, value) => {
      const { database, manager } = memoryCluster();
      const write = (to: string, id: string, record: Json): Promise<unknown> =>
        database.write([{ kind: 'create', collection: to, id, value: record, token: id }]);
      const id = collection === COLLECTIONS.members ? 's0/0' : 'zz';
      await write(collection, id, value);
      await write(COLLECTIONS.reservations, serviceNameId('pg'), { schema: 1, owner: 's1' });
      await write(COLLECTIONS.services, 's1', stored(service));
      await write(COLLECTIONS.operations, 'o1', stored(operation()));
      const stop = new AbortController();
      const running = manager('m1').run(stop.signal);

      const ended = await manager('m2').follow('o1', () => {});

      const { service: seen } = await manager('m2').status('pg');
      stop.abort();
      await running;
      expect([ended.state, seen.running]).toEqual(['done', false]);
      expect((await database.get(collection, id))?.value).toEqual(value);
    },
  );

  test.each(bad)('whose service is %s works on the operations of others', async (_what, value) => {
    const { database, manager } = memoryCluster();
    const write = (to: string, id: string, record: Json): Promise<unknown> =>
      database.write([{ kind: 'create', collection: to, id, value: record, token: id }]);
    await write(COLLECTIONS.services, 's0', value);
    await write(COLLECTIONS.operations, 'o0', stored(operation({ id: 'o0', service: 's0' })));
    const over = operation({ id: 'o00', service: 's0', state: 'done', endedMs: 1 });
    await write(COLLECTIONS.operations, 'o00', stored(over));
    await write(COLLECTIONS.services, 's1', stored(service));
    await write(COLLECTIONS.operations, 'o1', stored(operation()));
    const stop = new AbortController();
    const running = manager('m1').run(stop.signal);

    const ended = await manager('m2').follow('o1', () => {});

    stop.abort();
    await running;
    expect(ended.state).toBe('done');
    expect((await database.get(COLLECTIONS.services, 's0'))?.value).toEqual(value);
  });

  test('that is of a service sets the units of the others again all the same', async () => {
    const { database, manager, parts } = memoryCluster();
    const late = { ...parts.orchestrator.capabilities.late, startUnit: 'repaired' };
    const orchestrator = new Proxy(parts.orchestrator, {
      get: (inner, key) =>
        key === 'capabilities'
          ? { ...inner.capabilities, late }
          : Reflect.get(inner, key, inner).bind(inner),
    });
    const write = (id: string, record: Json): Promise<unknown> =>
      database.write([
        { kind: 'create', collection: COLLECTIONS.services, id, value: record, token: id },
      ]);
    await write('a0', { schema: 2 });
    await write('s1', stored(service));
    const [wanted] = plainCatalog.wanted(service).members;
    if (wanted === undefined) throw new TypeError('the recipe has no member');
    const { ordinal, ...run } = wanted;
    const unit = { ...run, member: { service: 's1', ordinal }, cluster: 'test', name: 'pg-0' };
    const place = { zone: null, node: null, volumes: [], digest: 'd', running: false };
    const permit = { generation: 1, ask: async () => PERMIT_MS };
    await parts.orchestrator.applyUnit({ ...unit, ...place }, null, { permit });
    const stop = new AbortController();
    const running = manager('m1', { orchestrator }).run(stop.signal);

    await vi.waitUntil(
      async () => (await manager('m2').operations()).items.length > 0,
      REPAIR_MS_MAX,
    );

    stop.abort();
    await running;
    const [repair] = (await manager('m2').operations()).items;
    expect(repair).toMatchObject({ kind: 'repair', service: 's1' });
  });
});
