import { expect, test } from 'vitest';
import { contractPage } from '../docs/contract-page.ts';
import { contracts, type ShownCase } from '../docs/contracts.ts';

const caseOf = (id: string): ShownCase => ({ id, title: `rule of ${id}`, needs: [] });

test('a case is named where it holds: always, or for one value of a capability', () => {
  const both = caseOf('a.always');
  const yes = caseOf('a.yes');
  const no = caseOf('a.no');
  const swaps = [{ capability: 'moves', values: { true: [both, yes], false: [both, no] } }];

  const page = contractPage({ name: 'a', heading: 'A', cases: [both, yes], swaps }, '1.0.0');

  const [always, whereTrue, whereFalse] = page.split('\n## ').slice(1);
  expect(always).toContain('a.always');
  expect(always).not.toMatch(/a\.(?:yes|no)/);
  expect(whereTrue).toMatch(/^Where `moves` is true.*a\.yes/s);
  expect(whereFalse).toMatch(/^Where `moves` is false.*a\.no/s);
});

test('a capability that no case can tell stands there with the reason', () => {
  const untold = { binds: 'it is the same for a caller' };
  const page = contractPage({ name: 'a', heading: 'A', cases: [], swaps: [], untold }, '1.0.0');

  expect(page).toMatch(/^\| `binds` \| it is the same for a caller \|$/m);
});

test('every case of every contract is on its page', () => {
  for (const contract of contracts()) {
    const page = contractPage(contract, '1.0.0');
    const all = contract.swaps.flatMap(({ values }) => Object.values(values).flat());
    for (const { id } of [...contract.cases, ...all]) expect(page).toContain(`\`${id}\``);
  }
});
