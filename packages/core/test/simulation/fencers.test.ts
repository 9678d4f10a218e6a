import { fencerCases, type Lacks, register } from '@firecamp/core/conformance';
import * as vitest from 'vitest';
import { fencerOf } from './stand/fencers.ts';
import { worldsWith } from './stand/worlds.ts';

/** What a fencer cannot have that proves so. */
const LACKS: Readonly<Record<string, Lacks>> = {
  blocklisted: { hideProof: 'its answer names the epoch of the cluster in which it holds' },
};

for (const [kind, fencers] of await worldsWith((stand) => stand.manager().fencers)) {
  for (const [which, { capabilities }] of fencers.entries()) {
    const title = `the fencer of the ${kind.name} world that proves ${capabilities.proof}`;
    const lacks = LACKS[String(capabilities.proof)];
    register(vitest, title, fencerCases(capabilities), () => fencerOf(kind, which), lacks);
  }
}
