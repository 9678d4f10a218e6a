import { mountsCases, register } from '@firecamp/core/conformance';
import * as vitest from 'vitest';
import { mountsOf } from './stand/mounts.ts';
import { worldsWith } from './stand/worlds.ts';

for (const [kind] of await worldsWith(() => null)) {
  register(vitest, `the mounts of the ${kind.name} world`, mountsCases(), () => mountsOf(kind));
}
