import { createCatalog, postgresql } from '@firecamp/catalog';
import { FireCampError } from '@firecamp/core';
import { expect, test } from 'vitest';

const catalog = createCatalog([postgresql]);

function codeOf(act: () => unknown): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return FireCampError.is(error) ? error.code : String(error);
  }
}

test('a catalog lists its recipes by name and gives them', () => {
  expect(catalog.recipes).toEqual(['postgresql']);
  expect(catalog.recipe('postgresql')).toBe(postgresql);
});

test('an unknown recipe is refused by a message that names those there are', () => {
  expect(() => catalog.parse('mysql', {}, 1)).toThrow(/"mysql".*postgresql/);
  expect(codeOf(() => catalog.parse('mysql', {}, 1))).toBe('NOT_FOUND');
});

test.each([0, -1, 1.5, 33, Number.NaN])('%d members are refused', (members) => {
  expect(codeOf(() => catalog.parse('postgresql', {}, members))).toBe('INVALID_ARGUMENT');
});

test('two recipes of one name are a bug', () => {
  expect(() => createCatalog([postgresql, postgresql])).toThrow(TypeError);
});
