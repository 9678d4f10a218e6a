import { type BeatRecord, decideBeat, PROTOCOL_RULES } from '@firecamp/core';
import { describe, expect, test } from 'vitest';
import { beatChangeFault } from '../../src/policy/beat-change.ts';
import { beatOf, goneProof } from './records.ts';

/** What the agent of `n1` would write next, in this boot or another. */
function next(standing: BeatRecord | null, own: boolean, boot = 'boot-n1'): BeatRecord {
  const decision = decideBeat(standing, own, {
    self: { node: 'n1', boot, incarnation: own ? 'run-n1' : 'run-next' },
    members: [],
    bootsExclusive: true,
    atMs: 1,
    rules: PROTOCOL_RULES,
  });
  if (!('beat' in decision)) throw new TypeError(`the agent ends: ${decision.kind}`);
  return decision.beat;
}

describe('a node may write each beat that its agent makes', () => {
  const standing = beatOf('n1', { goneBoots: [goneProof('n1', { boot: 'boot-0' })] });

  test.each<[string, BeatRecord | null, BeatRecord]>([
    ['the first', null, next(null, false)],
    ['the next', standing, next(standing, true)],
    ['that of a new incarnation', standing, next(standing, false)],
    ['that of a new boot', standing, next(standing, false, 'boot-2')],
    ['its return', { ...standing, state: 'silent' }, next({ ...standing, state: 'silent' }, true)],
    [
      'the end of its return',
      { ...standing, state: 'returning' },
      { ...standing, state: 'beating', seq: 4 },
    ],
  ])('%s', (_, before, after) => {
    expect(beatChangeFault('n1', before, after)).toBeNull();
  });
});

test.each<[string, BeatRecord | null, BeatRecord]>([
  ['the beat of another node', beatOf('n2'), beatOf('n2', { seq: 4 })],
  ['that it is silent', beatOf('n1'), beatOf('n1', { seq: 4, state: 'silent' })],
  ['that it is gone', beatOf('n1'), beatOf('n1', { seq: 4, state: 'gone' })],
  ['that it is well again at once', beatOf('n1', { state: 'silent' }), beatOf('n1', { seq: 4 })],
  ['an older seq', beatOf('n1'), beatOf('n1', { seq: 3 })],
  [
    'a boot that is gone',
    beatOf('n1', { goneBoots: [goneProof('n1')] }),
    beatOf('n1', { seq: 4, state: 'returning', goneBoots: [goneProof('n1')] }),
  ],
  [
    'that a proof about it is not there',
    beatOf('n1', { goneBoots: [goneProof('n1', { boot: 'boot-0' })] }),
    beatOf('n1', { seq: 4 }),
  ],
  [
    'a proof about a boot of its own choice',
    beatOf('n1'),
    beatOf('n1', { seq: 4, goneBoots: [goneProof('n1', { boot: 'boot-0', by: 'agent/n1' })] }),
  ],
  ...(
    [
      ['a proof of another kind', { kind: 'process-gone' }],
      ['a proof by another', { by: 'manager/m1' }],
      ['a proof about a volume', { volume: 'svc-0-data' }],
      ['a proof about its present boot', { boot: 'boot-2' }],
    ] as const
  ).map(([title, change]): [string, BeatRecord, BeatRecord] => {
    const proof = goneProof('n1', { kind: 'rebooted', by: 'agent/n1', ...change });
    return [title, beatOf('n1'), beatOf('n1', { boot: 'boot-2', goneBoots: [proof] })];
  }),
  ['a proof before its first beat', null, beatOf('n1', { goneBoots: [goneProof('n1')] })],
])('a node may not write %s', (_, before, after) => {
  expect(beatChangeFault('n1', before, after)).not.toBeNull();
});
