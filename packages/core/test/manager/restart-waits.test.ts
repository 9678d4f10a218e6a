import {
  COLLECTIONS,
  type Json,
  type MemberRecord,
  memberId,
  type OperationRecord,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { freshId } from '../support/fresh-id.ts';
import { type MemoryCluster, memoryCluster } from '../support/memory-manager.ts';
import { beat, owner } from '../support/ownership.ts';
import { testClock } from '../support/test-clock.ts';

const PATIENCE_MS = 30_000;
const NODE = 'n1';
const ASKED = { who: 'person/test', why: '', service: 'web' };

/** A service whose members all run on one node, as its records say; the test plays its agent. */
class Played implements AsyncDisposable {
  readonly cluster: MemoryCluster = memoryCluster();
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #uid = '';

  async begin(members: number): Promise<void> {
    const manager = this.cluster.manager('m1');
    const wish = { request: 'create', name: 'web', recipe: 'plain', spec: {}, members } as const;
    await manager.create({ ...ASKED, ...wish, addressing: 'name', deletion: 'wipe' });
    this.#running = manager.run(this.#stop.signal);
    await this.until('create', heldUpBy('wait.ready:web-0'));
    this.#uid = (await manager.status('web')).service.uid;
    const all = Array.from({ length: members }, (_, ordinal) => ordinal);
    for (const ordinal of all) await this.#claims(ordinal);
    await this.beats(all);
    await this.until('create', ({ state }) => state === 'done');
  }

  async restart(ordinal: number, anyway = false): Promise<void> {
    await this.cluster.manager('m2').restart({ ...ASKED, request: 'restart', ordinal, anyway });
  }

  /** Only these say that they serve. */
  async beats(ready: readonly number[]): Promise<void> {
    const { members } = await this.cluster.manager('m2').status('web');
    const said = members.map(({ record }) => ({
      member: memberId(record),
      generation: record.generation,
      state: 'mounted',
      role: '',
      ready: ready.includes(record.ordinal),
    }));
    await this.#put(COLLECTIONS.beats, NODE, beat(NODE, { members: said }) as unknown as Json);
  }

  async until(id: string, is: (operation: OperationRecord) => boolean): Promise<OperationRecord> {
    const endMs = testClock.monotonicMs() + PATIENCE_MS;
    for (;;) {
      const operation = await this.cluster.manager('looker').operation(id);
      if (is(operation)) return operation;
      if (testClock.monotonicMs() > endMs) throw new Error(JSON.stringify(operation));
      await testClock.sleep(5);
    }
  }

  /** Which units are to run, by ordinal. */
  async running(): Promise<readonly boolean[]> {
    const units = [];
    for await (const unit of this.cluster.parts.orchestrator.units(this.#uid)) units.push(unit);
    return units.sort((a, b) => a.member.ordinal - b.member.ordinal).map(({ running }) => running);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #claims(ordinal: number): Promise<void> {
    const id = memberId({ service: this.#uid, ordinal });
    const entry = await this.cluster.database.get(COLLECTIONS.members, id);
    if (entry === null) throw new Error(`there is no member ${id}`);
    const record = entry.value as unknown as MemberRecord;
    const { generation } = record;
    const claimed = { phase: 'mounted', owner: owner(NODE), generation: generation + 1 } as const;
    await this.#put(COLLECTIONS.members, id, { ...record, ...claimed } as unknown as Json);
  }

  async #put(collection: string, id: string, value: Json): Promise<void> {
    const { database } = this.cluster;
    const entry = await database.get(collection, id);
    const token = freshId();
    await database.write([
      entry === null
        ? { kind: 'create', collection, id, value, token }
        : { kind: 'update', collection, id, value, token, revision: entry.revision },
    ]);
  }
}

function heldUpBy(step: string): (operation: OperationRecord) => boolean {
  return ({ steps }) => steps.some(({ id, lastError }) => id === step && lastError !== '');
}

test('a restart waits while another member is not ready, names it, and goes on when it is', async () => {
  await using played = new Played();
  await played.begin(3);
  await played.beats([0, 1]);

  await played.restart(1);
  const { steps } = await played.until('restart', heldUpBy('unit.stop:web-1'));

  expect(steps).toMatchObject([
    {
      lastError:
        'web-1 is not taken down while these are not ready: web-2; see `firecamp explain web-2`',
      remedy: 'firecamp operations cancel restart; firecamp restart web 1 --anyway',
    },
  ]);
  expect(await played.running()).toEqual([true, true, true]);

  await played.beats([0, 1, 2]);
  await played.until('restart', heldUpBy('wait.idle:web-1'));
  expect(await played.running()).toEqual([true, false, true]);
});

test('the one member that is not ready is restarted at once', async () => {
  await using played = new Played();
  await played.begin(2);
  await played.beats([0]);

  await played.restart(1);

  await played.until('restart', heldUpBy('wait.idle:web-1'));
});

test('a person may have a member restarted whatever the others are like', async () => {
  await using played = new Played();
  await played.begin(3);
  await played.beats([0, 1]);

  await played.restart(1, true);

  await played.until('restart', heldUpBy('wait.idle:web-1'));
});

test('a member whose own node says that it does not serve waits for no other', async () => {
  await using played = new Played();
  await played.begin(3);
  await played.beats([]);

  await played.restart(1);

  await played.until('restart', heldUpBy('wait.idle:web-1'));
});
