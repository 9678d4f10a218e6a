import { FireCampError } from '../../error.ts';

/** Waits for a change whose effect can be seen, and gives the error back that says: perhaps. */
export async function unknownOf(change: Promise<unknown>): Promise<FireCampError | null> {
  try {
    await change;
    return null;
  } catch (error) {
    if (FireCampError.is(error, 'UNKNOWN_OUTCOME')) return error;
    throw error;
  }
}
