import { PROTOCOL_RULES } from '@firecamp/core';
import { expect, test } from 'vitest';
import { brokenWithAllRules, CANARIES, firstCaught } from './canary-list.ts';

test('each rule of the protocol is left out once', () => {
  const alone = CANARIES.flatMap(({ without }) => (without.length === 1 ? without : []));

  expect(alone.toSorted()).toEqual(Object.keys(PROTOCOL_RULES).toSorted());
});

test.each(CANARIES)('that an agent or manager $what is noticed', async (canary) => {
  const caught = await firstCaught(canary, canary.seedsMax);

  expect(caught, `in ${canary.seedsMax} seeds`).not.toBeNull();
  expect((await brokenWithAllRules(canary, caught?.place ?? 0))?.message).toBeUndefined();
});
