import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { countingPermit } from '@firecamp/core/conformance';
import { createLocalNames, loopbackAddresses } from '@firecamp/dns-local';
import { expect, test } from 'vitest';
import { all, contextOf, failure, freshId, tags, tempFolder } from './machine.ts';

const options = { permit: countingPermit() };
const ZONE = 'demo.internal';

const BAD: readonly (readonly [what: string, text: string, code: string])[] = [
  ['empty', '', 'CORRUPT'],
  ['cut off', '{"schema":1,', 'CORRUPT'],
  ['HTML', '<html></html>', 'CORRUPT'],
  ['null', 'null', 'CORRUPT'],
  ['a list', '[]', 'CORRUPT'],
  ['without a field', '{"schema":1}', 'CORRUPT'],
  ['without its version', '{}', 'CORRUPT'],
  ['of a newer version', '{"schema":2}', 'FAILED_PRECONDITION'],
];

test.each(BAD)('a name whose record is %s is neither read nor changed', async (_, text, code) => {
  await using temp = await tempFolder();
  const names = createLocalNames({ folder: temp.path, zone: ZONE });
  const set = (name: string, generation: number) => {
    const records = [{ type: 'A', values: ['127.0.0.9'], ttlSeconds: 0 }] as const;
    return names.change([{ name, records, owner: 'service-1', generation }], options);
  };
  await set(`bad.${ZONE}`, 1);
  await set(`good.${ZONE}`, 1);
  const path = join(temp.path, 'names', `bad.${ZONE}`, '2');
  await writeFile(path, text);

  const read = await failure(names.get(`bad.${ZONE}`));
  const [changed] = await set(`bad.${ZONE}`, 2).catch((error: unknown) => [error]);

  expect(read).toMatchObject({ code, message: expect.stringContaining(path) });
  expect(changed).not.toMatchObject({ outcome: 'done' });
  expect(await readFile(path, 'utf8')).toBe(text);
  expect(await readdir(join(temp.path, 'names', `bad.${ZONE}`))).toEqual(['1', '2']);
  expect(await set(`good.${ZONE}`, 2)).toMatchObject([{ outcome: 'done' }]);
});

test.each(BAD)('a pool whose record is %s lends and takes back nothing', async (_, text, code) => {
  await using temp = await tempFolder();
  const { control, parse } = loopbackAddresses;
  const pool = control?.(parse({ folder: temp.path, pool: '127.98.0.0/28' }), contextOf(null));
  if (pool === undefined) throw new TypeError('the pool has no control half');
  const spec = { id: freshId(), zone: null, family: 'ipv4', tags } as const;
  const { id } = await pool.allocate(spec, options);
  const [file] = (await readdir(temp.path, { recursive: true })).filter((name) =>
    /\/1$/.test(name),
  );
  const path = join(temp.path, String(file).replace(/1$/, '2'));
  await writeFile(path, text);

  const refused = [
    await failure(pool.get(id)),
    await failure(all(pool.list({}))),
    await failure(pool.allocate({ ...spec, id: freshId() }, options)),
    await failure(pool.release(id, options)),
    await failure(pool.holders(id)),
  ];

  expect(refused.map((error) => error.code)).toEqual(refused.map(() => code));
  expect(refused[0]?.message).toContain(path);
  expect(await readFile(path, 'utf8')).toBe(text);
});
