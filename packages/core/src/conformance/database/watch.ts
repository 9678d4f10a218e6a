import assert from 'node:assert/strict';
import type { DatabaseCapabilities, Hint } from '../../database/database.ts';
import { type Case, plain } from '../case.ts';
import { collect, rejectsWith, settle, soon } from '../expect.ts';
import { type DatabaseFixture, subject } from './fixture.ts';

/** Takes the hints as they come, until the case has ended. */
interface Watching extends AsyncDisposable {
  /** A hint that can mean that id, or an earlier one that nobody took. */
  hintFor(id: string): Promise<void>;
}

function watching({ peer, clock, collections: [collection] }: DatabaseFixture): Watching {
  const stop = new AbortController();
  const hints = peer.watch(collection, { signal: stop.signal })[Symbol.asyncIterator]();
  // Asked for before the change is made, so that the watch has begun by then.
  let next: Promise<IteratorResult<Hint>> = hints.next();
  next.catch(() => {});
  return {
    hintFor: (id) =>
      soon(
        clock,
        `a hint for ${id}`,
        (async (): Promise<void> => {
          for (;;) {
            const { done, value } = await next;
            assert.ok(!done, 'the watch has ended by itself');
            next = hints.next();
            next.catch(() => {});
            assert.equal(value.collection, collection);
            if (value.id === null || value.id === id) return;
          }
        })(),
      ),
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await settle(() => next);
    },
  };
}

const hints: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.watch.hints',
    title: 'each kind of change made after the watch has begun gives a hint',
    run: async (fixture) => {
      const record = subject(fixture);
      await using watch = watching(fixture);
      await beginOf(fixture, watch);
      const first = await record.create(1);
      await watch.hintFor(record.id);
      const second = await record.update(2, first.revision);
      await watch.hintFor(record.id);
      await record.remove(second.revision);
      await watch.hintFor(record.id);
    },
  }),
  plain({
    id: 'database.watch.missed',
    title: 'a watcher who does not keep up still learns that it must read, and reading tells all',
    run: async (fixture) => {
      await using watch = watching(fixture);
      await beginOf(fixture, watch);
      const busy = subject(fixture);
      let entry = await busy.create(0);
      for (let step = 1; step <= 50; step += 1) entry = await busy.update(step, entry.revision);
      const last = subject(fixture);
      const written = await last.create('last');
      await watch.hintFor(last.id);
      assert.deepEqual(await last.get(), written);
    },
  }),
  plain({
    id: 'database.watch.ends',
    title: 'the watch ends soon after its signal fires, and at once if it had fired before',
    run: async ({ database, clock, collections: [collection] }) => {
      const stop = new AbortController();
      const ended = settle(() => collect(database.watch(collection, { signal: stop.signal })));
      stop.abort();
      await soon(clock, 'the end of the watch', ended);
      const again = settle(() => collect(database.watch(collection, { signal: stop.signal })));
      await soon(clock, 'the end of a watch that was over before it began', again);
    },
  }),
];

/** Changes something until the first hint shows that the watch has reached the backend. */
async function beginOf(fixture: DatabaseFixture, watch: Watching): Promise<void> {
  const record = subject(fixture);
  let entry = await record.create(0);
  const begun = new AbortController();
  const first = watch.hintFor(record.id).finally(() => begun.abort());
  first.catch(() => {});
  while (!begun.signal.aborted) {
    await settle(() => fixture.clock.sleep(20, begun.signal));
    entry = await record.update(0, entry.revision);
  }
  await first;
}

const none: readonly Case<DatabaseFixture>[] = [
  plain({
    id: 'database.watch.unsupported',
    title: 'a database that gives no hints says so, instead of giving none',
    run: async ({ database, collections: [collection] }) => {
      await rejectsWith('UNSUPPORTED', () => collect(database.watch(collection)));
    },
  }),
];

export function watchCases({ watch }: DatabaseCapabilities): readonly Case<DatabaseFixture>[] {
  return watch ? hints : none;
}
