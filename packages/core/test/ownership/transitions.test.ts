import {
  backendsSay,
  type Claim,
  claim,
  idle,
  mounted,
  ownAgentSays,
  PROTOCOL_RULES,
  retire,
  type Tenure,
  withFormat,
  withHolderTokens,
  withProofs,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { member, owner, proof, unfenced, volume } from '../support/ownership.ts';

const rules = PROTOCOL_RULES;

function by(node: string, parts: Partial<Claim> = {}): Claim {
  return {
    owner: owner(node),
    leaseMs: 60_000,
    reach: 'volumes',
    held: {},
    nameAddress: null,
    atMs: 5,
    rules,
    ...parts,
  };
}

const tenure: Tenure = {
  node: 'n2',
  boot: 'n2-boot-1',
  incarnation: 'n2-1',
  generation: 2,
};

const heldByN1 = member({
  phase: 'mounted',
  owner: owner('n1'),
  volumes: [volume('data', { holderToken: 'a' })],
});

test('a claim leaves the old owner unfenced with what it held its volumes by', () => {
  const claimed = claim(heldByN1, by('n2'));

  expect(claimed).toMatchObject({ generation: 2, phase: 'moving', lease: { seq: 1, ms: 60_000 } });
  expect(claimed.unfenced).toEqual([
    unfenced('n1', { tokens: [{ volume: 'data', token: 'a' }], task: 'n1-task' }),
  ]);
  expect(claimed.volumes[0]?.holderToken).toBeNull();
});

test('a claimant that dies leaves its own entry beside those that it found', () => {
  const first = claim(heldByN1, by('n2'));
  const held = withHolderTokens(first, tenure, { data: 'b' }) ?? first;

  const second = claim(held, by('n3'));

  expect(second.unfenced.map(({ node }) => node)).toEqual(['n1', 'n2']);
});

test('a mover that never recorded what it holds its volumes by has mounted none of them', () => {
  const first = claim(member(), by('n2'));

  expect(claim(first, by('n3')).unfenced).toEqual([]);
  expect(claim(first, by('n3', { reach: 'node' })).unfenced).toHaveLength(1);
  const bare = claim(member({ volumes: [] }), by('n2'));
  expect(claim(bare, by('n3')).unfenced).toHaveLength(1);
});

test('an idle member leaves nobody unfenced, and keeps what this node still holds', () => {
  const record = member({ volumes: [volume('data', { holderToken: 'a' })] });

  expect(claim(record, by('n1', { held: { data: 'a' } })).volumes[0]?.holderToken).toBe('a');
  expect(claim(record, by('n1', { held: { data: 'b' } })).volumes[0]?.holderToken).toBeNull();
  expect(claim(record, by('n2')).unfenced).toEqual([]);
});

test('a claim forgets what the name says, unless the new owner would say the same', () => {
  const record = member({ nameAddress: '10.0.0.1' });

  expect(claim(record, by('n1', { nameAddress: '10.0.0.1' })).nameAddress).toBe('10.0.0.1');
  expect('nameAddress' in claim(record, by('n2', { nameAddress: '10.0.0.2' }))).toBe(false);
});

test('nothing is mounted while somebody is unfenced', () => {
  const claimed = claim(heldByN1, by('n2'));
  const how = { nameAddress: null, atMs: 9, rules };

  expect(mounted(claimed, tenure, how)).toBeNull();
  expect(mounted({ ...claimed, unfenced: [] }, tenure, how)).toMatchObject({
    phase: 'mounted',
    lease: null,
  });
});

test('a proof clears only under the generation that it was made in', () => {
  const claimed = claim(heldByN1, by('n2'));
  const again = claim(claimed, by('n3', { reach: 'node' }));

  expect(withProofs(claimed, [proof('n1')], 'volumes')?.unfenced).toEqual([]);
  expect(withProofs(again, [proof('n1')], 'volumes')).toBeNull();
  const made = proof('n1', { generation: 3 });
  expect(withProofs(again, [made], 'volumes')?.unfenced.map(({ node }) => node)).toEqual(['n2']);
});

test('a late proof does not clear what the same node held later', () => {
  const record = member({
    generation: 5,
    phase: 'moving',
    owner: owner('n2'),
    unfenced: [unfenced('n1', { generation: 5 })],
  });

  const same = withProofs(record, [proof('n1', { generation: 5 })], 'volumes');

  expect(same?.unfenced).toHaveLength(1);
});

test('a proof of another boot, or of another volume, clears nothing', () => {
  const claimed = claim(heldByN1, by('n2'));
  const otherBoot = proof('n1', { boot: 'n1-boot-2' });
  const otherVolume = proof('n1', { boot: null, volume: 'log' });

  expect(withProofs(claimed, [otherBoot], 'volumes')?.unfenced).toHaveLength(1);
  expect(withProofs(claimed, [otherVolume], 'volumes')?.unfenced).toHaveLength(1);
});

test('proofs of all volumes clear an entry, unless more than volumes is at stake', () => {
  const volumes = [volume('data', { holderToken: 'a' }), volume('log', { holderToken: 'b' })];
  const claimed = claim({ ...heldByN1, volumes }, by('n2'));
  const made = (id: string, token: string): ReturnType<typeof proof> =>
    proof('n1', { boot: null, volume: id, holder: { node: 'n1', token, writable: true } });
  const first = withProofs(claimed, [made('data', 'a')], 'volumes') ?? claimed;
  const both = withProofs(first, [made('log', 'b')], 'volumes');

  expect(first.unfenced).toHaveLength(1);
  expect(both?.unfenced).toEqual([]);
  expect(withProofs(first, [made('log', 'b')], 'node')?.unfenced).toHaveLength(1);
});

test('what a backend named leaves by its word, not by its node’s', () => {
  const entry = unfenced('n1', {
    named: 'backend',
    boot: '',
    tokens: [{ volume: 'data', token: 'a' }],
  });
  const record = member({ generation: 2, phase: 'moving', owner: owner('n2'), unfenced: [entry] });
  const self = { node: 'n1', boot: 'n1-boot-1', incarnation: 'n1-1' };
  const seen = { volume: 'data', holder: { node: 'n1', token: 'a', writable: true } };

  expect(ownAgentSays(record, self, rules)).toBeNull();
  expect(
    ownAgentSays(record, self, { ...rules, backendNamedLeavesByBackend: false }),
  ).not.toBeNull();
  expect(backendsSay(record, 2, [seen])?.unfenced ?? record.unfenced).toHaveLength(1);
  expect(backendsSay(record, 2, [])?.unfenced).toEqual([]);
  expect(backendsSay(record, 1, [])).toBeNull();
});

test('a node’s own agent clears what the record named of this boot', () => {
  const record = member({ unfenced: [unfenced('n1'), unfenced('n1', { boot: 'n1-boot-0' })] });
  const self = { node: 'n1', boot: 'n1-boot-1', incarnation: 'n1-9' };

  expect(ownAgentSays(record, self, rules)?.unfenced.map(({ boot }) => boot)).toEqual([
    'n1-boot-0',
  ]);
});

test('a format goes on one step at a time', () => {
  const record = member({
    generation: 2,
    phase: 'moving',
    owner: owner('n2'),
    volumes: [volume('data', { format: 'new' })],
  });

  const skipped = withFormat(record, tenure, { volume: 'data', format: 'done' });
  const begun = withFormat(record, tenure, { volume: 'data', format: 'formatting' });

  expect(skipped?.volumes[0]?.format).toBe('new');
  expect(begun?.volumes[0]?.format).toBe('formatting');
});

test('an idle member keeps who is unfenced', () => {
  const record = member({
    generation: 2,
    phase: 'moving',
    owner: owner('n2'),
    unfenced: [unfenced('n1')],
  });

  expect(idle(record, tenure, 3)).toMatchObject({ phase: 'idle', owner: null, lease: null });
  expect(idle(record, tenure, 3)?.unfenced).toHaveLength(1);
});

test('whoever ordered the owner of a move to be fenced asks for that although nobody claims', () => {
  const order = { kind: 'fence', generation: 1, by: 'ann', reason: 'its mount hangs' } as const;
  const hanging = { ...heldByN1, phase: 'moving', order } as const;
  const reach = 'volumes';

  expect(retire(hanging, { reach, atMs: 3, rules })?.wanted).toEqual({
    node: '',
    task: 'order/ann',
    generation: 2,
  });
  const move = { ...order, kind: 'move' } as const;
  expect(retire({ ...hanging, order: move }, { reach, atMs: 3, rules })?.wanted).toBeNull();
  const older = { ...order, generation: 0 };
  expect(retire({ ...hanging, order: older }, { reach, atMs: 3, rules })?.wanted).toBeNull();
  const releasing = { ...hanging, phase: 'releasing' } as const;
  expect(retire(releasing, { reach, atMs: 3, rules })?.wanted).toBeNull();
});

test('a member taken for nobody leaves its owner unfenced', () => {
  const retired = retire(heldByN1, { reach: 'volumes', atMs: 3, rules });

  expect(retired).toMatchObject({ generation: 2, phase: 'idle', owner: null });
  expect(retired?.unfenced.map(({ node }) => node)).toEqual(['n1']);
});
