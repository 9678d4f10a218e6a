import { FireCampError } from '@firecamp/core';
import {
  count,
  type Decode,
  list,
  object,
  optional,
  orNull,
  record,
  text,
  versioned,
} from '@firecamp/core/codec';
import { expect, test } from 'vitest';

interface Shelf {
  readonly schema: number;
  readonly owner: { readonly name: string } | null;
  readonly boxes: readonly { readonly id: string; readonly sizes: readonly number[] }[];
  readonly labels: Readonly<Record<string, string>>;
  readonly note?: string;
}

const decodeShelf: (value: unknown) => Shelf = versioned(
  'shelf',
  1,
  object({
    schema: count,
    owner: orNull(object({ name: text })),
    boxes: list(object({ id: text, sizes: list(count) })),
    labels: record(text),
    note: optional(text),
  }) as Decode<Shelf>,
);

const SHELF = {
  schema: 1,
  owner: { name: 'a' },
  boxes: [
    { id: 'b0', sizes: [1] },
    { id: 'b1', sizes: [2, 3] },
  ],
  labels: { colour: 'red' },
};

function messageOf(value: unknown): string {
  try {
    decodeShelf(value);
  } catch (error) {
    if (FireCampError.is(error, 'CORRUPT')) return error.message;
    throw error;
  }
  return 'no error';
}

test.each([
  [
    { ...SHELF, schema: '1' },
    'record: shelf.schema is string, expected a whole number of 0 or more',
  ],
  [{ ...SHELF, owner: { name: 7 } }, 'record: shelf.owner.name is number, expected a text'],
  [{ ...SHELF, boxes: {} }, 'record: shelf.boxes is object, expected a list'],
  [{ ...SHELF, labels: { a: null } }, 'record: shelf.labels.a is null, expected a text'],
  [{ ...SHELF, note: [] }, 'record: shelf.note is a list, expected a text'],
  [
    { ...SHELF, boxes: [...SHELF.boxes, { id: 'b2', sizes: [1, -1] }] },
    'record: shelf.boxes[2].sizes[1] is number, expected a whole number of 0 or more',
  ],
  [[], 'record: shelf is a list, expected an object'],
])('a record that is not right says where: %#', (value, message) => {
  expect(messageOf(value)).toBe(message);
});

test('what a record says and nobody knows is kept, at every depth', () => {
  const later = { ...SHELF, owner: { name: 'a', since: 3 }, colour: 'blue' };

  expect({ ...decodeShelf(later), labels: SHELF.labels }).toEqual(later);
});

test('an optional field may be absent, and does not appear', () => {
  expect('note' in decodeShelf(SHELF)).toBe(false);
  expect(decodeShelf({ ...SHELF, note: 'n' }).note).toBe('n');
});

test('a key that names a thing of every object is no more than a key', () => {
  const { labels } = decodeShelf(JSON.parse(JSON.stringify(SHELF)));

  expect(labels['constructor']).toBeUndefined();
  expect(labels['colour']).toBe('red');
});

test('what is right already is not copied', () => {
  expect(decodeShelf(SHELF).boxes).toBe(SHELF.boxes);
});
