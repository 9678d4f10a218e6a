import type { Database, Entry, Hint, Write } from '../database/database.ts';
import type { Around, Call, CallKind } from './call.ts';
import { closeInner } from './close-inner.ts';

const call = (
  method: string,
  kind: CallKind,
  subject: string,
  signal: AbortSignal | undefined,
): Call => ({ operation: `Database.${method}`, kind, subject, signal });

function writeSubject(writes: readonly Write[]): string {
  return writes.map(({ collection, id }) => `${collection}/${id}`).join(' ');
}

/** A write is never repeated by a layer: its token tells its own caller whether it had won. */
export const wrapDatabase = (inner: Database, around: Around): Database & AsyncDisposable => ({
  capabilities: inner.capabilities,
  get: (collection, id, options): Promise<Entry | null> =>
    around.promise(call('get', 'reads', `${collection}/${id}`, options?.signal), () =>
      inner.get(collection, id, options),
    ),
  list: (collection, options): AsyncIterable<Entry> =>
    around.iterate(call('list', 'reads', collection, options?.signal), () =>
      inner.list(collection, options),
    ),
  write: (writes, options): Promise<readonly Entry[]> =>
    around.promise(call('write', 'once', writeSubject(writes), options?.signal), () =>
      inner.write(writes, options),
    ),
  watch: (collection, options): AsyncIterable<Hint> =>
    around.iterate(call('watch', 'reads', collection, options?.signal), () =>
      inner.watch(collection, options),
    ),
  [Symbol.asyncDispose]: (): Promise<void> => closeInner(inner),
});
