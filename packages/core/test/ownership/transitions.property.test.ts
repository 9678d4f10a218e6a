import {
  adopt,
  claim,
  idle,
  type MemberRecord,
  mounted,
  observe,
  ownAgentSays,
  PROTOCOL_RULES,
  releasing,
  retire,
  type Self,
  tenureOf,
  withHolderTokens,
  withProofs,
} from '@firecamp/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { member, owner, proof, volume } from '../support/ownership.ts';

/** One choice of cases, so that a failure comes again; another seed finds others. */
const SEED = 1;

const rules = PROTOCOL_RULES;
const reach = 'node';

interface Act {
  readonly kind: (typeof KINDS)[number];
  readonly node: string;
  readonly incarnation: number;
}

const KINDS = [
  'claim',
  'adopt',
  'tokens',
  'observe',
  'prove',
  'let-go',
  'mounted',
  'releasing',
  'idle',
  'retire',
] as const;

/** Whoever acts decides on what it reads: a transition that does not apply changes nothing. */
function apply(record: MemberRecord, act: Act): MemberRecord | null {
  const { node } = act;
  const self: Self = { node, boot: `${node}-boot-1`, incarnation: `${node}-${act.incarnation}` };
  const tenure = tenureOf(record, self);
  switch (act.kind) {
    case 'claim': {
      const by = { ...owner(node), incarnation: self.incarnation };
      const held = {};
      return claim(record, {
        owner: by,
        leaseMs: 60,
        reach,
        held,
        nameAddress: null,
        atMs: 0,
        rules,
      });
    }
    case 'adopt':
      return adopt(record, self, { atMs: 0, rules });
    case 'prove':
      return withProofs(record, [proof(node, { generation: record.generation })], reach);
    case 'let-go':
      return ownAgentSays(record, self, rules);
    case 'retire':
      return retire(record, { reach, atMs: 0, rules });
    case 'tokens':
      return tenure && withHolderTokens(record, tenure, { data: `${node}-token` });
    case 'observe': {
      const holder = { node, token: `${node}-late`, writable: true };
      return tenure && observe(record, tenure, [{ volume: 'data', holder }]);
    }
    case 'mounted':
      return tenure && mounted(record, tenure, { nameAddress: null, atMs: 0, rules });
    case 'releasing':
      return tenure && releasing(record, tenure, 0);
    case 'idle':
      return tenure && idle(record, tenure, 0);
  }
}

const acts = fc.array(
  fc.record<Act>({
    kind: fc.constantFrom(...KINDS),
    node: fc.constantFrom('n1', 'n2', 'n3'),
    incarnation: fc.integer({ min: 1, max: 2 }),
  }),
  { maxLength: 40 },
);

/** Every change of a run, with the act that made it. */
function changes(run: readonly Act[]): readonly (readonly [MemberRecord, Act, MemberRecord])[] {
  const made: (readonly [MemberRecord, Act, MemberRecord])[] = [];
  let record = member({ volumes: [volume('data')] });
  for (const act of run) {
    const next = apply(record, act);
    if (next === null) continue;
    made.push([record, act, next]);
    record = next;
  }
  return made;
}

function always(holds: (before: MemberRecord, act: Act, after: MemberRecord) => void): void {
  fc.assert(
    fc.property(acts, (run) => {
      for (const [before, act, after] of changes(run)) holds(before, act, after);
    }),
    { numRuns: 500, seed: SEED },
  );
}

test('the generation rises by one with each new owner and never falls', () => {
  always((before, _, after) => {
    const step = after.generation - before.generation;
    expect([0, 1]).toContain(step);
    const changed =
      after.owner !== null &&
      (after.owner.node !== before.owner?.node ||
        after.owner.incarnation !== before.owner.incarnation);
    if (changed) expect(step).toBe(1);
  });
});

test('an entry leaves unfenced only by a proof or by its own agent', () => {
  always((before, act, after) => {
    const left = before.unfenced.filter(
      (entry) =>
        !after.unfenced.some(({ node, named }) => node === entry.node && named === entry.named),
    );
    for (const entry of left) {
      expect(['prove', 'let-go']).toContain(act.kind);
      expect(entry).toMatchObject({ node: act.node, named: 'record' });
    }
  });
});

test('an owner that is displaced while it may write is unfenced afterwards', () => {
  always((before, act, after) => {
    if (before.owner === null || act.kind !== 'claim' || before.phase === 'idle') return;
    const { node, boot } = before.owner;
    expect(after.unfenced.some((entry) => entry.node === node && entry.boot === boot)).toBe(true);
  });
});

test('a mounted member has no lease, and had nobody unfenced when it was mounted', () => {
  always((before, act, after) => {
    if (act.kind !== 'mounted') return;
    expect(before.unfenced).toEqual([]);
    expect(after.lease).toBeNull();
  });
});

test('there is one entry for a node, a boot and who named it', () => {
  always((_before, _act, after) => {
    const keys = after.unfenced.map(({ node, boot, named }) => `${node} ${boot} ${named}`);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

test('what this program does not know of a record is kept by every change', () => {
  fc.assert(
    fc.property(acts, (run) => {
      const before = { ...member({ volumes: [volume('data')] }), later: 'kept' };
      const volumes = before.volumes.map((one) => ({ ...one, later: 'kept' }));
      let record: MemberRecord = { ...before, volumes };
      for (const act of run) record = apply(record, act) ?? record;
      expect(record).toMatchObject({ later: 'kept', volumes: [{ later: 'kept' }] });
    }),
    { numRuns: 200 },
  );
});
