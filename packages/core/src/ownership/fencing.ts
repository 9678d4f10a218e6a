import { FireCampError } from '../error.ts';
import { type FenceProof, type Fencer, type FenceTarget, provesAnything } from '../fence/fencer.ts';
import type { Unfenced } from '../model/member.ts';
import type { NodeFacts } from '../model/node.ts';
import type { Permit } from '../permit.ts';
import type { Reach } from './transitions.ts';
import { BOOT_UNKNOWN } from './unfenced.ts';

/** What came of fencing one entry. */
export interface Fenced {
  readonly proofs: readonly FenceProof[];
  /** Why no fencer could prove it; empty when one could. */
  readonly reason: string;
}

/** What fencing one entry needs. */
export interface FencingParts {
  readonly entry: Unfenced;
  /** The facts that the entry's node last registered; null where it never did. */
  readonly facts: NodeFacts | null;
  readonly fencers: readonly Fencer[];
  /** Whether more than volumes must be let go: a fencer of volumes then proves too little. */
  readonly reach: Reach;
  readonly permit: Permit;
  readonly signal?: AbortSignal;
}

/**
 * Tries the fencers in order until the entry as a whole is proven. Whoever calls this has decided
 * that it may be fenced.
 *
 * @throws whatever a fencer throws but `FAILED_PRECONDITION`: then nothing is known.
 */
export async function fenceEntry(parts: FencingParts): Promise<Fenced> {
  const reasons: string[] = [];
  if (parts.facts === null) return { proofs: [], reason: `${parts.entry.node} is not registered` };
  for (const fencer of sufficient(parts)) {
    const fenced = await tryFencer(fencer, targetsFor(fencer, parts.entry, parts.facts), parts);
    if (fenced.proofs.length > 0) return fenced;
    reasons.push(fenced.reason);
  }
  const why = reasons.length === 0 ? 'there is no fencer that reaches it' : reasons.join('; ');
  return { proofs: [], reason: why };
}

/** What a backend named is a holder of volumes, so that any fencer will do. */
function sufficient({ fencers, reach, entry }: FencingParts): readonly Fencer[] {
  if (reach === 'volumes' || entry.named === 'backend') return fencers;
  return fencers.filter(({ capabilities }) => capabilities.reach === 'node');
}

async function tryFencer(
  fencer: Fencer,
  targets: readonly FenceTarget[],
  { permit, signal }: FencingParts,
): Promise<Fenced> {
  if (targets.length === 0) return { proofs: [], reason: 'no volume to fence it by' };
  const proofs: FenceProof[] = [];
  for (const target of targets) {
    try {
      const proof = await fencer.fence(
        target,
        signal === undefined ? { permit } : { permit, signal },
      );
      if (!provesAnything(proof.kind)) return { proofs: [], reason: `${proof.kind} is no proof` };
      proofs.push({ ...proof, generation: permit.generation });
    } catch (error) {
      if (!FireCampError.is(error, 'FAILED_PRECONDITION')) throw error;
      return { proofs: [], reason: error.message };
    }
  }
  return { proofs, reason: '' };
}

/**
 * A fencer of volumes is asked once for each token, one of nodes once. The facts name the boot that
 * is meant, which may be an older one than the node runs now.
 */
function targetsFor(fencer: Fencer, entry: Unfenced, facts: NodeFacts): readonly FenceTarget[] {
  const node = entry.boot === BOOT_UNKNOWN ? facts : { ...facts, boot: entry.boot };
  if (fencer.capabilities.reach === 'volume') {
    return entry.tokens.map(({ volume, token }) => ({
      volume: { id: volume },
      holder: { node: entry.node, token, writable: true, ...bootOf(entry) },
      node,
    }));
  }
  const token = entry.tokens[0]?.token ?? entry.boot;
  return [{ holder: { node: entry.node, token, writable: true }, node }];
}

/** Said along, so that the fence can be lifted once that boot has ended. */
function bootOf({ boot }: Unfenced): { readonly boot?: string } {
  return boot === BOOT_UNKNOWN ? {} : { boot };
}
