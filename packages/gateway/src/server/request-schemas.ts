import { FireCampError, type Json } from '@firecamp/core';
import { z } from 'zod';
import type { RequestBodies, RequestName } from '../wire/protocol.ts';

/** No text of a request is longer, except in the values of records. */
const TEXT_MAX = 1_024;

const CHANGES_MAX = 1_000;
const WRITES_MAX = 1_000;

/** The longest that a caller may let one request last, in ms. */
const TIMEOUT_MS_MAX = 60_000;

const text = z.string().max(TEXT_MAX);
const whole = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const nothing = z.strictObject({});
const key = { collection: text, id: text };
const effect = { generation: whole, timeoutMs: whole.min(1).max(TIMEOUT_MS_MAX) };

const value = z.custom<Json>((given) => given !== undefined, 'a value is missing');
const write = z.discriminatedUnion('kind', [
  z.strictObject({
    ...key,
    kind: z.literal('create'),
    value,
    token: text,
    replaces: text.exactOptional(),
  }),
  z.strictObject({ ...key, kind: z.literal('update'), value, token: text, revision: text }),
  z.strictObject({ ...key, kind: z.literal('remove'), token: text, revision: text }),
]);

const tags = z.strictObject({ cluster: text, service: text, member: text, operation: text });
const record = z.strictObject({
  type: z.enum(['A', 'AAAA', 'SRV', 'TXT']),
  values: z.array(text).min(1).max(32),
  ttlSeconds: whole,
});
const change = z.strictObject({
  name: text,
  records: z.array(record).max(8).nullable(),
  owner: text,
  generation: whole,
});

/** The body of each kind of request, nothing more and nothing less. */
const SCHEMAS: { readonly [Name in RequestName]: z.ZodType<RequestBodies[Name]> } = {
  'database.get': z.strictObject(key),
  'database.list': z.strictObject({
    collection: text,
    prefix: text.exactOptional(),
    pageMax: whole.exactOptional(),
  }),
  'database.write': z.strictObject({ writes: z.array(write).max(WRITES_MAX) }),
  'database.watch': z.strictObject({ collection: text, prefix: text.exactOptional() }),
  'manager.services': nothing,
  'manager.status': z.strictObject({ service: text }),
  'manager.nodes': nothing,
  'manager.operations': nothing,
  'names.get': z.strictObject({ name: text }),
  'names.list': z.strictObject({ owner: text.exactOptional() }),
  'names.change': z.strictObject({ ...effect, changes: z.array(change).max(CHANGES_MAX) }),
  'names.settled': z.strictObject({ settle: text }),
  'addresses.get': z.strictObject({ id: text }),
  'addresses.list': z.strictObject({
    cluster: text.exactOptional(),
    service: text.exactOptional(),
    member: text.exactOptional(),
  }),
  'addresses.holders': z.strictObject({ id: text }),
  'addresses.allocate': z.strictObject({
    ...effect,
    spec: z.strictObject({
      id: text,
      zone: text.nullable(),
      family: z.enum(['ipv4', 'ipv6']),
      wanted: text.exactOptional(),
      tags,
    }),
  }),
  'addresses.release': z.strictObject({ ...effect, id: text }),
  'addresses.assign': z.strictObject({ ...effect, id: text, node: text }),
};

/** Whether there is such a request. */
export function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(SCHEMAS, name);
}

/** @throws `INVALID_ARGUMENT` - names the first key that is wrong. */
export function parseRequest<Name extends RequestName>(
  name: Name,
  body: unknown,
): RequestBodies[Name] {
  const parsed = SCHEMAS[name].safeParse(body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = issue?.path.join('.') ?? '';
  const place = path === '' ? 'the body' : path;
  throw new FireCampError('INVALID_ARGUMENT', `${place}: ${issue?.message}`, {
    operation: 'gateway',
    subject: { key: path.slice(0, 200) },
  });
}
