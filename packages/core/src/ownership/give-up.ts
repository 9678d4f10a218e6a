import type { BoundAddress } from '../registry/addresses.ts';
import { changed, type Holdings } from './holdings.ts';
import { freePermit } from './member-permit.ts';
import type { NodeParts } from './node-parts.ts';

/** What giving up needs: the node, what it holds, and somebody who is told of each change. */
export interface GiveUpParts {
  readonly node: Pick<NodeParts, 'volumes' | 'mounts' | 'addresses' | 'timing'>;
  readonly holdings: () => Holdings;
  readonly held: (holdings: Holdings) => void;
  readonly signal: AbortSignal;
}

/**
 * Takes the address off this node and unmounts, once nothing of the member runs here any more.
 * Needs no permit: it gives up only what this node itself holds. Where one part fails the others
 * are given up all the same.
 *
 * @throws the first error of a part: `FAILED_PRECONDITION` where a process still uses a filesystem.
 */
export async function letGo(parts: GiveUpParts): Promise<void> {
  const { node, holdings, held, signal } = parts;
  const errors: unknown[] = [];
  const attempt = async (act: () => Promise<void>, left: () => Holdings): Promise<void> => {
    try {
      await act();
      held(left());
    } catch (error) {
      errors.push(error);
    }
  };
  const { bound, mounted } = holdings();
  if (bound !== null) {
    await attempt(
      () => unbind(parts, bound),
      () => ({ ...holdings(), bound: null }),
    );
  }
  for (const volume of mounted.keys()) {
    await attempt(
      () => node.mounts.unmount(volume, { signal }),
      () => ({ ...holdings(), mounted: changed(holdings().mounted, volume, null) }),
    );
  }
  if (errors.length > 0) throw errors[0];
}

/** Detaches every volume that is not mounted. */
export async function releaseVolumes(parts: GiveUpParts): Promise<void> {
  const { node, holdings, held, signal } = parts;
  const permit = freePermit(0, node.timing.requestMs);
  const { acquired, mounted } = holdings();
  for (const id of acquired.keys()) {
    if (mounted.has(id)) continue;
    await node.volumes?.release({ id }, { permit, signal });
    held({ ...holdings(), acquired: changed(holdings().acquired, id, null) });
  }
}

async function unbind({ node, signal }: GiveUpParts, bound: BoundAddress): Promise<void> {
  const permit = freePermit(0, node.timing.requestMs);
  await node.addresses?.unbind(bound, { permit, signal });
}
