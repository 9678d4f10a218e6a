import {
  type Acquired,
  type BoundAddress,
  type Holdings,
  type LocalTask,
  type MemberRecord,
  type Mounted,
  memberId,
  type NodeParts,
  type NodeRuntime,
} from '@firecamp/core';
import { within } from './within.ts';

/** What this node holds and runs, from the kernel and the runtime, at about one time. */
export interface KernelView {
  readonly acquired: readonly Acquired[];
  readonly mounted: readonly Mounted[];
  readonly bound: readonly BoundAddress[];
  readonly tasks: readonly LocalTask[];
}

/** @throws what a seam throws, or `UNAVAILABLE` where one hangs: then nothing follows. */
export async function readKernel(
  node: Pick<NodeParts, 'volumes' | 'mounts' | 'addresses' | 'clock' | 'timing'>,
  runtime: NodeRuntime,
): Promise<KernelView> {
  const wait = { clock: node.clock, ms: node.timing.silentAfterMs, what: 'a look at the kernel' };
  return within(wait, async (signal) => {
    const call = { signal };
    const [acquired, mounted, bound, tasks] = await Promise.all([
      node.volumes === null ? [] : all(node.volumes.acquired(call)),
      all(node.mounts.mounted(call)),
      node.addresses === null ? [] : all(node.addresses.bound(call)),
      runtime.tasks(undefined, call),
    ]);
    return { acquired, mounted, bound, tasks };
  });
}

/** The part of it that is this member's. */
export function holdingsOf(view: KernelView, record: MemberRecord): Holdings {
  const ids = new Set(record.volumes.map(({ id }) => id));
  return {
    acquired: byVolume(view.acquired.filter(({ volume }) => ids.has(volume))),
    mounted: byVolume(view.mounted.filter(({ volume }) => ids.has(volume))),
    bound: view.bound.find(({ ip }) => ip === record.address?.ip) ?? null,
  };
}

export function tasksOf(view: KernelView, member: string): readonly LocalTask[] {
  return view.tasks.filter((task) => memberId(task.member) === member);
}

/** Everything in it that belongs to a member, so that strangers' things can be told apart. */
export function tracesIn(view: KernelView): readonly string[] {
  const volumes = [...view.acquired, ...view.mounted].map(({ volume }) => volume);
  return [...volumes, ...view.bound.map(({ ip }) => ip)];
}

/** What of a member's record the kernel may show: the ids of its volumes, and its address. */
export function tracesOf({ volumes, address }: MemberRecord): readonly string[] {
  return [...volumes.map(({ id }) => id), ...(address === null ? [] : [address.ip])];
}

/** Equal texts mean that nothing of this member changed on the node. */
export function signatureOf(holdings: Holdings, tasks: readonly LocalTask[]): string {
  return JSON.stringify([
    [...holdings.acquired].map(([volume, { path, holder }]) => [volume, path, holder.token]),
    [...holdings.mounted.keys()],
    holdings.bound?.ip ?? null,
    tasks.map(({ id, state }) => [id, state]),
  ]);
}

function byVolume<T extends { readonly volume: string }>(
  things: readonly T[],
): ReadonlyMap<string, T> {
  return new Map(things.map((thing) => [thing.volume, thing]));
}

async function all<T>(things: AsyncIterable<T>): Promise<readonly T[]> {
  const made: T[] = [];
  for await (const thing of things) made.push(thing);
  return made;
}
