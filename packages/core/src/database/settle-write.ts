import type { Clock, Random } from '../clock.ts';
import { FireCampError } from '../error.ts';
import type { CallOptions } from '../permit.ts';
import type { Database, Entry, Write } from './database.ts';

const ATTEMPTS_MAX = 4;
const BACKOFF_MS = 50;

/** What it takes to find out what became of a write. */
export interface SettleParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Writes, and where the answer is missing repeats the *same* writes with the same tokens until
 * one answer tells: done, or refused. A refusal that shows our own token says that an earlier
 * attempt had won.
 *
 * @returns the entries as they stand.
 * @throws `CONFLICT` - somebody else's entry stands there; `current` is it.
 * @throws `UNKNOWN_OUTCOME` - no answer after all attempts: it may still land. Before concluding
 *   anything, change the revision that it was conditional on.
 */
export async function settleWrite(
  parts: SettleParts,
  writes: readonly Write[],
  call?: CallOptions,
): Promise<readonly Entry[]> {
  let unanswered = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await parts.database.write(writes, call);
    } catch (error) {
      if (FireCampError.is(error, 'CONFLICT') && unanswered && isOurs(error.current, writes)) {
        return await entriesOf(parts.database, writes, error, call);
      }
      if (!mayRepeat(error) || attempt === ATTEMPTS_MAX) {
        throw unanswered ? stillUnknown(error) : error;
      }
      unanswered ||= FireCampError.is(error, 'UNKNOWN_OUTCOME');
      await parts.clock.sleep(BACKOFF_MS * attempt * (0.5 + parts.random.next()), call?.signal);
    }
  }
}

function mayRepeat(error: unknown): boolean {
  return FireCampError.is(error, 'UNKNOWN_OUTCOME') || FireCampError.is(error, 'UNAVAILABLE');
}

/** Once one attempt went unanswered, no later failure but a refusal can say that nothing landed. */
function stillUnknown(error: unknown): unknown {
  if (!FireCampError.is(error) || error.code === 'CONFLICT') return error;
  if (error.code === 'UNKNOWN_OUTCOME') return error;
  return new FireCampError(
    'UNKNOWN_OUTCOME',
    `an earlier attempt went unanswered: ${error.message}`,
    {
      operation: error.operation,
      subject: error.subject,
      cause: error,
    },
  );
}

function isOurs(current: unknown, writes: readonly Write[]): boolean {
  if (typeof current !== 'object' || current === null || !('token' in current)) return false;
  return writes.some(({ token }) => token === current.token);
}

/** All or none: one of our tokens standing there means that all of them were written. */
async function entriesOf(
  database: Database,
  writes: readonly Write[],
  conflict: FireCampError,
  call: CallOptions | undefined,
): Promise<readonly Entry[]> {
  const only = writes[0];
  if (writes.length === 1 && only !== undefined) return [conflict.current as Entry];
  const entries: Entry[] = [];
  for (const { collection, id } of writes) {
    const entry = await database.get(collection, id, call);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}
