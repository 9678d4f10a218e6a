import { PROTOCOL_RULES } from '@firecamp/core';
import { expect, test } from 'vitest';
import { CANARIES, firstCaught } from './canary-list.ts';

test('each rule of the protocol is left out alone', () => {
  const alone = CANARIES.filter(({ besides }) => besides === null).map(({ without }) => without);

  expect(alone).toEqual(Object.keys(PROTOCOL_RULES));
});

test.each(CANARIES)('that an agent or manager $what is noticed', async (canary) => {
  const caught = await firstCaught(canary);

  expect(caught, `in ${canary.seedsMax} seeds`).not.toBeNull();
});
