import { FireCampError } from '@firecamp/core';
import type { Holds } from './process-fencer.ts';

/** How many users of a volume a message names. */
const NAMED_MAX = 3;

/**
 * The volumes of `storage-local` that a boot holds. The package is loaded when it is needed: with
 * other volumes it need not be there.
 *
 * @param root - as in the options of its `sharedDirectories`.
 */
export function volumeHolds(root: string): Holds {
  return {
    drop: async (boot, options) => {
      const { dropHolder, heldVolumes, usersOf } = await import('@firecamp/storage-local');
      for (const held of await heldVolumes(root, boot, options)) {
        const users = await usersOf(held.path, { startedSince: held.startedSince });
        if (users.length > 0) throw inUse(held.id, users);
        await dropHolder(root, held, options);
      }
    },
  };
}

function inUse(
  volume: string,
  users: readonly { readonly pid: number; readonly program: string; readonly how: string }[],
): FireCampError {
  const named = users
    .slice(0, NAMED_MAX)
    .map(({ pid, program, how }) => `${program} (${pid}) ${how}`);
  const more = users.length > NAMED_MAX ? ` and ${users.length - NAMED_MAX} more` : '';
  return new FireCampError(
    'FAILED_PRECONDITION',
    `volume ${volume}: no process of the boot is left, but ${named.join(', ')}${more}`,
    { operation: 'Fencer.fence', subject: { volume } },
  );
}
