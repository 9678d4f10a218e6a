import type { FenceProof } from '../fence/fencer.ts';
import type { Unfenced } from '../model/member.ts';
import { withGoneBoot } from './beats.ts';
import { fenceEntry } from './fencing.ts';
import type { WardenContext } from './warden-context.ts';

/** Proves that a whole boot has ended, and records it where every claimant looks. */
export async function proveBoot(context: WardenContext, node: string, boot: string): Promise<void> {
  const { fencers, timing } = context.parts;
  const facts = (await context.nodes.read(node))?.value.facts ?? null;
  const entry: Unfenced = { node, boot, generation: 0, named: 'record', tokens: [], task: '' };
  const permit = { generation: 1, ask: async () => timing.requestMs };
  const fenced = await fenceEntry({ entry, facts, fencers, reach: 'node', permit });
  for (const proof of fenced.proofs) await recordGone(context, node, proof);
}

/** Adds the proof to the node's beat; known already is fine. */
export async function recordGone(
  { beats, say }: WardenContext,
  node: string,
  proof: FenceProof,
): Promise<void> {
  const beat = await beats.read(node);
  const next = beat === null ? null : withGoneBoot(beat.value, proof);
  if (beat === null || next === null) return;
  const outcome = await beats.replace(beat, next);
  if (!outcome.won) return;
  say({ kind: 'node.gone', subject: { node }, text: `boot ${proof.boot}: ${proof.kind}` });
}
