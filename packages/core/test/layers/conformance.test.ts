import type { Random } from '@firecamp/core';
import { register } from '@firecamp/core/conformance';
import { withFaults, withLimit, withRetry, withTrace } from '@firecamp/core/layers';
import * as vitest from 'vitest';
import { freshId } from '../support/fresh-id.ts';
import { testClock as clock } from '../support/test-clock.ts';
import { eachSuite, type Layer } from './layered.ts';

const random: Random = { next: () => 0.5, id: freshId };

const layers: Readonly<Record<string, Layer>> = {
  retry: (wrap, inner) => withRetry(wrap, inner, { clock, random, delayMs: 1 }),
  limit: (wrap, inner) => withLimit(wrap, inner, { clock, perSecond: 1e6, burst: 1e6 }),
  faults: (wrap, inner) => withFaults(wrap, inner, { clock, faultOf: () => null }),
  trace: (wrap, inner) => withTrace(wrap, inner, { clock, sink: () => {} }),
  'trace, retry and limit together': (wrap, inner) => {
    const limited = withLimit(wrap, inner, { clock, perSecond: 1e6, burst: 1e6 });
    const retried = withRetry(wrap, limited, { clock, random, delayMs: 1 });
    return withTrace(wrap, retried, { clock, sink: () => {} });
  },
};

for (const [title, layer] of Object.entries(layers)) {
  vitest.describe(`with the layer ${title}`, () => {
    eachSuite(layer, (seam, cases, makeFixture) => register(vitest, seam, cases, makeFixture));
  });
}
