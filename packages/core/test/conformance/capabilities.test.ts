import {
  addressCases,
  databaseCases,
  fencerCases,
  namesCases,
  orchestratorCases,
  runtimeCases,
  volumeCases,
  volumeNodeCases,
} from '@firecamp/core/conformance';
import {
  memoryAddresses,
  memoryDatabase,
  memoryFencer,
  memoryNames,
  memoryOrchestrator,
  memoryVolumes,
} from '@firecamp/core/memory';
import { describe, expect, test } from 'vitest';

/** The ids of the cases that claims of a seam get. */
type Ids<Claims> = (claims: Claims) => readonly string[];

const idsOf = (cases: readonly { readonly id: string }[]): readonly string[] =>
  cases.map(({ id }) => id);

/** From the richest claim of a capability to a poorer one, and what is then left. */
function swaps<Claims extends object>(
  seam: string,
  rich: Claims,
  { ids, poorer }: { readonly ids: Ids<Claims>; readonly poorer: readonly Partial<Claims>[] },
): void {
  describe(`the cases of ${seam}`, () => {
    test.each(poorer.map((one) => [JSON.stringify(one), one] as const))(
      'with %s are others, and not fewer',
      (_what, one) => {
        const before = ids(rich);
        const after = ids({ ...rich, ...one });

        const dropped = before.filter((id) => !after.includes(id));
        const instead = after.filter((id) => !before.includes(id));
        expect({ dropped, instead }).toEqual({
          dropped: expect.arrayContaining([expect.any(String)]),
          instead: expect.arrayContaining([expect.any(String)]),
        });
      },
    );
  });
}

swaps('a database', memoryDatabase.capabilities, {
  ids: (claims) => idsOf(databaseCases(claims)),
  poorer: [{ watch: false }, { atomicWritesMax: 1 }],
});
swaps('volumes', memoryVolumes.capabilities, {
  ids: (claims) => [...idsOf(volumeCases(claims)), ...idsOf(volumeNodeCases(claims))],
  poorer: [
    { snapshots: false },
    { resize: false },
    { movable: false },
    { zoneBound: false },
    { observesOnly: true },
    { consistent: 'eventual' },
  ],
});
swaps('names', memoryNames.capabilities, {
  ids: (claims) => idsOf(namesCases(claims)),
  poorer: [{ lists: false }, { settles: 'resolve-only' }],
});
swaps('addresses', memoryAddresses.capabilities, {
  ids: (claims) => idsOf(addressCases(claims)),
  poorer: [{ move: 'announce' }, { move: 'in-place' }, { perNodeMax: 3 }],
});
swaps('an orchestrator', memoryOrchestrator.capabilities, {
  ids: (claims) => [...idsOf(orchestratorCases(claims)), ...idsOf(runtimeCases(claims))],
  poorer: [
    { jobs: false },
    { logs: false },
    { watchdog: false },
    { placement: 'zone' },
    { placement: 'none' },
    { ports: 'checked' },
  ],
});
swaps('a fencer', memoryFencer.capabilities, {
  ids: (claims) => idsOf(fencerCases(claims)),
  poorer: [{ lasts: 'always' }, { by: 'manager' }, { reach: 'node' }],
});

test('a type of record that is not claimed adds the case that it is refused', () => {
  const { capabilities } = memoryNames;
  const all = idsOf(namesCases({ ...capabilities, types: ['A', 'AAAA', 'SRV', 'TXT'] }));
  const few = idsOf(namesCases({ ...capabilities, types: ['A'] }));

  expect(few.filter((id) => !all.includes(id))).toEqual(['names.change.type-unsupported']);
  expect(all.filter((id) => !few.includes(id))).toEqual([]);
});
