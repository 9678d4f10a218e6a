import { tmpdir } from 'node:os';
import type { AdapterContext, Random } from '@firecamp/core';
import { freshId } from './fresh-id.ts';
import { testClock } from './test-clock.ts';

const random: Random = { next: () => Math.random(), id: freshId };

/** The context of a half that runs on this node, null for the manager's. */
export function contextOf(node: string | null): AdapterContext {
  const boot = node === null ? null : `${node}-boot`;
  return { cluster: 'test', clock: testClock, random, node, boot, stateFolder: tmpdir() };
}
