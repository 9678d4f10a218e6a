import type { Database, Entry, Hint, Write } from '../database/database.ts';
import { copyPlain } from './argument.ts';
import { callerOf, type Wrap } from './call.ts';

const call = callerOf('Database');

function writeSubject(writes: readonly Write[]): string {
  return writes.map(({ collection, id }) => `${collection}/${id}`).join(' ');
}

/** A write is never repeated by a layer: its token tells its own caller whether it had won. */
export const wrapDatabase: Wrap<Database> = (inner, around) => ({
  capabilities: inner.capabilities,
  get: (collection, id, options): Promise<Entry | null> =>
    around.promise(call('reads', 'get', `${collection}/${id}`, options), () =>
      inner.get(collection, id, options),
    ),
  list: (collection, options): AsyncIterable<Entry> =>
    around.iterate(call('reads', 'list', collection, options), () =>
      inner.list(collection, options),
    ),
  write: (writes, options): Promise<readonly Entry[]> => {
    // A layer may make the call later: the caller may have changed its value by then.
    const sent = copyPlain(writes);
    return around.promise(call('once', 'write', writeSubject(sent), options), () =>
      inner.write(sent, options),
    );
  },
  watch: (collection, options): AsyncIterable<Hint> =>
    around.iterate(call('reads', 'watch', collection, options), () =>
      inner.watch(collection, options),
    ),
});
