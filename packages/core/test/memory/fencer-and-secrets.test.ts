import { fencerCases, register, secretCases } from '@firecamp/core/conformance';
import { memoryFencer } from '@firecamp/core/memory';
import * as vitest from 'vitest';
import { memoryFencerFixture } from '../support/memory-fencer.ts';
import { memorySecretFixture } from '../support/memory-secrets.ts';

const expires = memoryFencer.capabilities;
const lasts = { ...expires, lasts: 'always', proof: ['detached'] } as const;
const ofNodes = { ...lasts, by: 'manager', reach: 'node', proof: ['stopped'] } as const;

register(vitest, 'the memory fencer', fencerCases(expires), () => memoryFencerFixture(expires));
register(vitest, 'the memory fencer whose fences last', fencerCases(lasts), () =>
  memoryFencerFixture(lasts),
);
register(vitest, 'the memory fencer that ends runs of nodes', fencerCases(ofNodes), () =>
  memoryFencerFixture(ofNodes),
);
register(vitest, 'memory secrets', secretCases(), memorySecretFixture);
