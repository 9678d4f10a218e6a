import type { Database, Entry } from '@firecamp/core';
import type { DatabaseFixture } from '@firecamp/core/conformance';
import {
  broken,
  brokenId,
  brokenInput,
  brokenWrite,
  byteLength,
  onConflict,
  pretended,
  rich,
  sameFor,
  unconditional,
} from './broken-database.ts';
import { fault, type Mutants, type Overrides, override } from './mutate.ts';

const writes: Mutants<DatabaseFixture> = {
  'database.capabilities': broken(() => ({ capabilities: { ...rich, atomicWritesMax: 26 } })),
  'database.get.absent': broken(() => ({
    get: async (next, collection, id, call) => {
      const found = await next(collection, id, call);
      if (found === null) throw fault('NOT_FOUND');
      return found;
    },
  })),
  'database.create.read-back': broken(() => ({
    get: async (next, collection, id, call) => {
      const found = await next(collection, id, call);
      return found === null ? null : { ...found, token: '' };
    },
  })),
  'database.create.taken': sameFor('create'),
  'database.create.repeat': onConflict((_write, current) => {
    throw fault('CONFLICT', { ...current, token: 'another' });
  }),
  'database.update.changes': brokenWrite(async (next, asked, call) => {
    const written = await next(asked, call);
    return written.map((entry, at) => {
      const write = asked[at];
      return write?.kind === 'update' ? { ...entry, revision: write.revision } : entry;
    });
  }),
  'database.update.equal-value': (fixture) => {
    const { database, peer } = fixture;
    return {
      ...fixture,
      database: override(database, {
        write: async (next, asked, call) => {
          const [write] = asked;
          if (write?.kind !== 'update') return next(asked, call);
          const current = await peer.get(write.collection, write.id);
          const same = current?.revision === write.revision && current.value === write.value;
          return same ? [current] : next(asked, call);
        },
      }),
    };
  },
  'database.update.stale': sameFor('update'),
  'database.update.absent': unconditional((write, current) => write.kind === 'update' && !current),
  'database.update.repeat': onConflict(() => {
    throw fault('CONFLICT', null);
  }),
  'database.remove.gone': brokenWrite(async (next, asked, call) =>
    (await next(asked, call)).map((entry) => ({ ...entry, removed: false })),
  ),
  'database.remove.stale': sameFor('remove'),
  'database.remove.absent': onConflict(async (write, current) => {
    if (current === null) return [pretended(write)];
    throw fault('CONFLICT', current);
  }),
  'database.remove.repeat': onConflict((_write, current) => {
    throw fault('CONFLICT', current?.removed ? null : current);
  }),
  'database.update.tombstone': unconditional((write, current) => {
    return write.kind === 'update' && current?.removed === true;
  }),
  'database.create.late-after-remove': unconditional((write, current) => {
    return write.kind === 'create' && current?.removed === true;
  }),
  'database.create.replaces-tombstone': brokenWrite(async (next, asked, call) => {
    if (asked.some((write) => write.kind === 'create' && write.replaces)) throw fault('CONFLICT');
    return next(asked, call);
  }),
  'database.create.replaces-stale': unconditional((write) => {
    return write.kind === 'create' && write.replaces !== undefined;
  }),
  'database.revision.not-reused': broken(countsEachLife),
};

/** Revisions that begin at 1 again when a record is made again. */
function countsEachLife(): Overrides<Database> {
  const lives = new Map<string, { count: number; revision: string }>();
  const shown = (entry: Entry): Entry => ({
    ...entry,
    revision: String(lives.get(entry.id)?.count ?? 0),
  });
  const real = (id: string, revision: string): string => {
    const life = lives.get(id);
    return life !== undefined && revision === String(life.count) ? life.revision : revision;
  };
  return {
    get: async (next, collection, id, call) => {
      const found = await next(collection, id, call);
      return found === null ? null : shown(found);
    },
    write: async (next, asked, call) => {
      const sent = asked.map((write) => {
        if (write.kind !== 'create') return { ...write, revision: real(write.id, write.revision) };
        if (write.replaces === undefined) return write;
        return { ...write, replaces: real(write.id, write.replaces) };
      });
      const written = await next(sent, call);
      for (const [at, { id, revision }] of written.entries()) {
        const count = asked[at]?.kind === 'create' ? 0 : (lives.get(id)?.count ?? 0);
        lives.set(id, { count: count + 1, revision });
      }
      return written.map(shown);
    },
  };
}

const limits: Mutants<DatabaseFixture> = {
  'database.value.limit': brokenWrite(async (next, asked, call) => {
    for (const write of asked) {
      const bytes = write.kind === 'remove' ? 0 : byteLength(write.value);
      if (bytes >= rich.valueBytesMax) throw fault('INVALID_ARGUMENT');
    }
    return next(asked, call);
  }),
  'database.value.exact': broken(() => ({
    get: async (next, collection, id, call) => {
      const found = await next(collection, id, call);
      if (found === null) return null;
      const text = JSON.stringify(found.value).replaceAll('\\u0000', '');
      return { ...found, value: JSON.parse(text) };
    },
  })),
  'database.value.not-json': brokenInput((write) => {
    if (write.kind === 'remove') return write;
    const text = typeof write.value === 'bigint' ? 'null' : JSON.stringify(write.value);
    return { ...write, value: JSON.parse(text ?? 'null') };
  }),
  'database.value.own': brokenWrite(async (next, asked, call) => {
    await null;
    return next(asked, call);
  }),
  'database.id.invalid': brokenId((id) => {
    return (
      id
        .toLowerCase()
        .replaceAll(/[^a-z0-9._-]/g, '-')
        .slice(0, 200) || 'empty'
    );
  }),
  'database.id.longest': brokenId((id) => id.slice(0, 150)),
  'database.collection.invalid': broken(() => ({
    get: (next, collection, id, call) => next(mended(collection), id, call),
    list: (next, collection, options) => next(mended(collection), options),
    write: (next, asked, call) =>
      next(
        asked.map((write) => ({ ...write, collection: mended(write.collection) })),
        call,
      ),
  })),
  'database.token.invalid': brokenInput((write) => ({
    ...write,
    token: write.token.slice(0, 64) || 'empty',
  })),
  'database.write.empty': brokenWrite(async (next, asked, call) =>
    asked.length === 0 ? [] : next(asked, call),
  ),
};

function mended(collection: string): string {
  return `a${collection.toLowerCase().replaceAll(/[^a-z0-9-]/g, '-')}`.slice(0, 31);
}

export const databaseWriteMutants: Mutants<DatabaseFixture> = { ...writes, ...limits };
