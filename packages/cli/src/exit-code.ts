import { type After, FireCampError } from '@firecamp/core';

/** What the command ends with when a person stopped it, as shells have it. */
export const EXIT_INTERRUPTED = 130;

const EXIT_INTERNAL = 70;

const BY_REMEDY: Readonly<Record<After, number>> = {
  'fix-call': 2,
  'fix-setup': 3,
  'change-state': 4,
  'give-up': 4,
  'reread-and-retry': 5,
  'back-off-and-retry': 5,
};

/** The exit code says what can be done about an error; 70 is a bug of ours. */
export function exitCodeOf(error: unknown): number {
  if (!FireCampError.is(error) || error.code === 'INTERNAL') return EXIT_INTERNAL;
  return BY_REMEDY[error.after];
}
