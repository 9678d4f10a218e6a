import { join } from 'node:path';
import type { CallOptions, EffectOptions } from '@firecamp/core';
import { Backend, purposeOf } from './backend.ts';
import { FILES } from './data-folders.ts';
import { parseOptions } from './options.ts';
import { type Boot, heldBy, programsSince, type VolumeRecord } from './records.ts';

/** A volume that a boot of a node holds. */
export interface HeldVolume {
  readonly id: string;
  /** Of this hold alone, as in `Holder`. */
  readonly token: string;
  /** The folder that its member's program works in. */
  readonly path: string;
  /** For {@link usersOf}: since when programs of this hold can have begun. */
  readonly startedSince: number;
}

/**
 * The volumes that one boot of a node holds, for a fencer.
 *
 * @param root - as in the options of `sharedDirectories`.
 */
export async function heldVolumes(
  root: string,
  boot: Boot,
  call?: CallOptions,
): Promise<readonly HeldVolume[]> {
  const backend = new Backend(parseOptions({ root }).root);
  const found: HeldVolume[] = [];
  for await (const record of backend.volumes.list(purposeOf('heldVolumes', ''), call)) {
    const { id, holder } = record;
    if (holder === null || !heldBy(record, boot)) continue;
    const path = join(backend.data.path(record), FILES);
    found.push({ id, token: holder.token, path, startedSince: programsSince(holder) });
  }
  return found;
}

/**
 * Takes a volume away from a holder, so that another can acquire it. Only for a fencer, and only
 * once no process of that boot is left and {@link usersOf} names nobody: the store checks neither.
 * Any other hold stays as it is, a later one of the same boot too; repeat: fine.
 *
 * @param root - as in the options of `sharedDirectories`.
 * @param token - of the holder, as the store names it.
 */
export async function dropHolder(
  root: string,
  held: Pick<HeldVolume, 'id' | 'token'>,
  options: EffectOptions,
): Promise<void> {
  const backend = new Backend(parseOptions({ root }).root);
  const purpose = purposeOf('dropHolder', held.id);
  const decide = (record: VolumeRecord): VolumeRecord =>
    record.holder?.token === held.token ? { ...record, holder: null } : record;
  const changing = backend.underPermit(purpose, options, 'volumes.drop-holder');
  await backend.volumes.change(held.id, decide, changing);
}
