import { join } from 'node:path';
import type { CallOptions, EffectOptions } from '@firecamp/core';
import { Backend, purposeOf } from './backend.ts';
import { FILES } from './data-folders.ts';
import { parseOptions } from './options.ts';
import { holderToken, programsSince, type VolumeRecord } from './records.ts';

/** A volume that a boot of a node holds. */
export interface HeldVolume {
  readonly id: string;
  /** The folder that its member's program works in. */
  readonly path: string;
  /** For {@link usersOf}: since when programs of this hold can have begun. */
  readonly startedSince: number;
}

/**
 * The volumes that a holder has, for a fencer.
 *
 * @param root - as in the options of `sharedDirectories`.
 * @param token - of the holder, `<node>:<boot>`.
 */
export async function heldVolumes(
  root: string,
  token: string,
  call?: CallOptions,
): Promise<readonly HeldVolume[]> {
  const backend = new Backend(parseOptions({ root }).root);
  const found: HeldVolume[] = [];
  for await (const record of backend.volumes.list(purposeOf('heldVolumes', ''), call)) {
    const { holder } = record;
    if (holder === null || holderToken(holder) !== token) continue;
    const path = join(backend.data.path(record), FILES);
    found.push({ id: record.id, path, startedSince: programsSince(holder) });
  }
  return found;
}

/**
 * Takes a volume away from a holder, so that another can acquire it. Only for a fencer, and only
 * once no process of that boot is left and {@link usersOf} names nobody: the store cannot check
 * either. A volume that this holder does not have stays as it is, so a later holder is never hurt;
 * repeat: fine.
 *
 * @param root - as in the options of `sharedDirectories`.
 * @param token - of the holder, `<node>:<boot>`.
 */
export async function dropHolder(
  root: string,
  volume: string,
  token: string,
  options: EffectOptions,
): Promise<void> {
  const backend = new Backend(parseOptions({ root }).root);
  const purpose = purposeOf('dropHolder', volume);
  const decide = (record: VolumeRecord): VolumeRecord => {
    const { holder } = record;
    return holder !== null && holderToken(holder) === token ? { ...record, holder: null } : record;
  };
  const changing = backend.underPermit(purpose, options, 'volumes.drop-holder');
  await backend.volumes.change(volume, decide, changing);
}
