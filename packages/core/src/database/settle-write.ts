import type { Clock, Random } from '../clock.ts';
import { FireCampError } from '../error.ts';
import type { CallOptions } from '../permit.ts';
import type { Database, Entry, Write } from './database.ts';

/** How a write is repeated whose answer is missing. */
export interface SettlePatience {
  /** At least 1. */
  readonly attemptsMax: number;
  /** Before the second attempt, in ms; before each later one so much more. */
  readonly pauseMs: number;
  /** Whether a database that says that it did nothing is asked again too. */
  readonly repeatUnavailable: boolean;
}

/** For writes that nobody above repeats. */
const INSIST: SettlePatience = { attemptsMax: 4, pauseMs: 50, repeatUnavailable: true };

/** What it takes to find out what became of a write. */
export interface SettleParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  /** Left out: 4 attempts within a second. */
  readonly patience?: SettlePatience;
}

/**
 * Writes, and where the answer is missing repeats the *same* writes with the same tokens until
 * one answer tells: done, or refused. A refusal that shows our own token says that an earlier
 * attempt had won. Where no answer comes at all, a strong read tells whether it has landed.
 *
 * @returns the entries as they stand.
 * @throws `CONFLICT` - somebody else's entry stands there; `current` is it.
 * @throws `UNKNOWN_OUTCOME` - it has not landed so far, and may still. Before concluding anything,
 *   change the revision that it was conditional on.
 */
export async function settleWrite(
  parts: SettleParts,
  writes: readonly Write[],
  call?: CallOptions,
): Promise<readonly Entry[]> {
  const { clock, database, random, patience = INSIST } = parts;
  let unanswered = false;
  for (let attempt = 1; ; attempt += 1) {
    const tried = await tryOnce(database, writes, call);
    if (tried.entries !== null) return tried.entries;
    unanswered ||= FireCampError.is(tried.error, 'UNKNOWN_OUTCOME');
    const error = unanswered ? stillUnknown(tried.error) : tried.error;
    const repeats = mayRepeat(tried.error, patience);
    if (!repeats || (attempt >= patience.attemptsMax && !unanswered)) throw error;
    if (attempt >= patience.attemptsMax) return await lookFor(database, writes, error, call);
    await clock.sleep(patience.pauseMs * attempt * (0.5 + random.next()), call?.signal);
  }
}

type Tried =
  | { readonly entries: readonly Entry[] }
  | { readonly entries: null; readonly error: unknown };

async function tryOnce(
  database: Database,
  writes: readonly Write[],
  call: CallOptions | undefined,
): Promise<Tried> {
  try {
    return { entries: await database.write(writes, call) };
  } catch (error) {
    const ours = FireCampError.is(error, 'CONFLICT') && isOurs(error.current, writes);
    if (!ours) return { entries: null, error };
    return { entries: await entriesOf(database, writes, error, call) };
  }
}

function mayRepeat(error: unknown, { repeatUnavailable }: SettlePatience): boolean {
  if (FireCampError.is(error, 'UNKNOWN_OUTCOME')) return true;
  return repeatUnavailable && FireCampError.is(error, 'UNAVAILABLE');
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

/** After the last attempt: what stands there now, unless that says nothing. */
async function lookFor(
  database: Database,
  writes: readonly Write[],
  unknown: unknown,
  call: CallOptions | undefined,
): Promise<readonly Entry[]> {
  const [write] = writes;
  // Of a removal nothing is left to see; of several one might be another's.
  if (write === undefined || writes.length > 1 || write.kind === 'remove') throw unknown;
  const entry = await database.get(write.collection, write.id, call);
  if (entry?.token === write.token) return [entry];
  const untouched = write.kind === 'create' ? entry === null : entry?.revision === write.revision;
  if (untouched) throw unknown;
  const { collection, id } = write;
  throw new FireCampError('CONFLICT', `${collection}/${id}: another wrote first`, {
    operation: 'Database.write',
    subject: { collection, id },
    current: entry,
  });
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
