import { secretCases } from '@firecamp/core/conformance';
import { memorySecretFixture } from '../support/memory-secrets.ts';
import { fencerMutants, fencerSets } from './fencers.mutants.ts';
import { proveMutants } from './mutate.ts';
import { secretMutants } from './secrets.mutants.ts';

proveMutants('a fencer', fencerSets, fencerMutants);
proveMutants(
  'secrets',
  [{ cases: secretCases(), makeFixture: memorySecretFixture }],
  secretMutants,
);
