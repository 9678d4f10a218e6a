import assert from 'node:assert/strict';
import { FireCampError } from '../error.ts';
import type { CallOptions, EffectOptions, LateFates } from '../permit.ts';
import { type Case, type CaseFixture, instrumented, plain } from './case.ts';
import {
  collect,
  firedSignal,
  rejectsWith,
  type Settled,
  settle,
  soon,
  worksOrIsUnknown,
} from './expect.ts';
import type { Instruments } from './instruments.ts';
import { allowed, countingPermit } from './permit.ts';

/** A call that would change a backend, ready to be made. */
export interface Armed {
  /** Makes the call. What it gives is compared with what a repeat gives. */
  readonly act: (options: EffectOptions) => Promise<unknown>;
  /** All that the call may have changed, to be compared. */
  readonly look: () => Promise<unknown>;
}

/** A method that changes a backend. */
export interface Effect<Fixture> {
  readonly method: string;
  /** Prepares one call with ids of its own, which does change something. */
  readonly arm: (fixture: Fixture) => Promise<Armed>;
  /** `once`: a second call may be refused or do it twice, so that the caller must look first. */
  readonly repeat?: 'fine' | 'once';
}

/** A method that only reads. */
export interface Reading<Fixture> {
  readonly method: string;
  readonly call: (fixture: Fixture, options: CallOptions) => Promise<unknown>;
}

/** A list, with entries enough for a second page. */
export interface Listing<Fixture> {
  readonly method: string;
  readonly arm: (fixture: Fixture) => Promise<() => AsyncIterable<unknown>>;
}

/** How many entries a case makes so that a second page is needed. */
export const ENTRIES_FOR_TWO_PAGES = 9;

/** What every method of a seam must stand, whatever it does. */
export interface EffectSuite<Fixture> {
  /** The first part of the ids. */
  readonly prefix: string;
  readonly effects: readonly Effect<Fixture>[];
  readonly readings: readonly Reading<Fixture>[];
  readonly listings: readonly Listing<Fixture>[];
  /** The declared fate of each late request; null where the seam declares none. */
  readonly late: LateFates | null;
}

export function effectCases<Fixture extends CaseFixture>(
  suite: EffectSuite<Fixture>,
): readonly Case<Fixture>[] {
  const changing = suite.effects.length === 0 ? [] : [...permitCases(suite), ...repeatCases(suite)];
  return [...changing, ...abortCases(suite), ...listingCases(suite)];
}

function permitCases<Fixture extends CaseFixture>({
  prefix,
  effects,
  late,
}: EffectSuite<Fixture>): readonly Case<Fixture>[] {
  return [
    instrumented({
      id: `${prefix}.permit.each-request`,
      title: 'the permit is asked before each request that changes something, and for no other',
      needs: ['requests'],
      run: async (fixture, { requests }) => {
        for (const { method, arm } of effects) {
          const { act } = await arm(fixture);
          const before = requests().changing;
          const permit = countingPermit({
            onAsk: () => {
              const sent = requests().changing - before;
              assert.ok(sent < permit.asks.length, `${method}: a request went out before its ask`);
            },
          });
          await act({ permit });
          const sent = requests().changing - before;
          assert.ok(sent > 0, `${method}: no request was counted`);
          assert.equal(permit.asks.length, sent, `${method}: asks for ${sent} requests`);
          checkFates(method, permit.asks, late);
        }
      },
    }),
    instrumented({
      id: `${prefix}.permit.revoked`,
      title: 'after a permit is taken back, before whichever request, nothing more is sent',
      needs: ['requests'],
      run: async (fixture, { requests }) => {
        for (const { method, arm } of effects) {
          const permit = countingPermit();
          await (await arm(fixture)).act({ permit });
          for (let revokedAt = 1; revokedAt <= permit.asks.length; revokedAt += 1) {
            const { act } = await arm(fixture);
            const before = requests().changing;
            await rejectsWith('ABORTED', () => act({ permit: countingPermit({ revokedAt }) }));
            const sent = requests().changing - before;
            assert.equal(
              sent,
              revokedAt - 1,
              `${method}: requests, taken back at ask ${revokedAt}`,
            );
          }
        }
      },
    }),
    attemptsCase(effects, `${prefix}.permit.each-attempt`),
    plain({
      id: `${prefix}.permit.refused`,
      title: 'a call whose permit refuses at once is ABORTED and changes nothing',
      run: async (fixture) => {
        for (const { method, arm } of effects) {
          const { act, look } = await arm(fixture);
          const before = await look();
          await rejectsWith('ABORTED', () => act({ permit: countingPermit({ revokedAt: 1 }) }));
          assert.deepEqual(await look(), before, method);
        }
      },
    }),
    instrumented({
      id: `${prefix}.permit.timeout`,
      title: 'a request lasts no longer than its permit allowed, and then its outcome is unknown',
      needs: ['leaveUnanswered'],
      run: async (fixture, { leaveUnanswered }) => {
        for (const { method, arm } of effects) {
          const { act } = await arm(fixture);
          const result = await endOfUnanswered({ fixture, method, act, leaveUnanswered });
          if (result.ok) continue;
          assert.ok(FireCampError.is(result.error), String(result.error));
          assert.ok(['UNKNOWN_OUTCOME', 'UNAVAILABLE'].includes(result.error.code), method);
        }
      },
    }),
  ];
}

/** A client library that sends again by itself would do so beneath the one ask of its caller. */
function attemptsCase<Fixture extends CaseFixture>(
  effects: readonly Effect<Fixture>[],
  id: string,
): Case<Fixture> {
  return instrumented({
    id,
    title: 'after a loss too, nothing is sent that the permit was not asked for',
    needs: ['requests', 'loseAnswer', 'loseRequest'],
    run: async (fixture, { requests, loseAnswer, loseRequest }) => {
      for (const { method, arm } of effects) {
        for (const lose of [loseAnswer, loseRequest]) {
          const { act } = await arm(fixture);
          const before = requests().changing;
          const permit = countingPermit({ revokedAt: 2 });
          lose();
          await settle(() => act({ permit }));
          const sent = requests().changing - before;
          assert.equal(sent, 1, `${method}: requests for one ask, of which one was lost`);
        }
      }
    },
  });
}

/** What a request may last, in ms, in the case that leaves it unanswered. */
const REQUEST_MS = 20;
const REQUEST_MS_MAX = 10_000;

/** What comes of a call whose request arrives and is not answered. */
async function endOfUnanswered(parts: {
  readonly fixture: CaseFixture;
  readonly method: string;
  readonly act: Armed['act'];
  readonly leaveUnanswered: NonNullable<Instruments['leaveUnanswered']>;
}): Promise<Settled<unknown>> {
  const { fixture, method, act, leaveUnanswered } = parts;
  for (let requestMs = REQUEST_MS; ; requestMs *= 4) {
    let arrived = false;
    const sent = leaveUnanswered('changing').then(() => {
      arrived = true;
    });
    const pending = settle(() => act({ permit: countingPermit({ requestMs }) }));
    await soon(fixture.clock, `a request of ${method}`, Promise.race([sent, pending]));
    const result = await soon(fixture.clock, `the end of ${method}`, pending);
    if (arrived) return result;
    // On a busy machine so short a time may be over before the request was sent.
    assert.ok(requestMs < REQUEST_MS_MAX, `${method}: no request arrived within ${requestMs} ms`);
  }
}

function checkFates(method: string, asks: readonly string[], late: LateFates | null): void {
  for (const request of asks) {
    assert.ok(request.length > 0, `${method}: a request without a name`);
    if (late === null) continue;
    assert.ok(Object.hasOwn(late, request), `${method}: ${request} has no declared fate`);
  }
}

function repeatCases<Fixture extends CaseFixture>({
  prefix,
  effects,
}: EffectSuite<Fixture>): readonly Case<Fixture>[] {
  const repeated = effects.filter(({ repeat }) => repeat !== 'once');
  return [
    plain({
      id: `${prefix}.repeat`,
      title: 'a second call with the same arguments answers the same and changes nothing',
      run: async (fixture) => {
        for (const { method, arm } of repeated) {
          const { act, look } = await arm(fixture);
          const before = await look();
          const first = await act(allowed());
          const after = await look();
          assert.notDeepEqual(after, before, `${method} has changed nothing`);
          assert.deepEqual(await act(allowed()), first, method);
          assert.deepEqual(await look(), after, method);
        }
      },
    }),
    plain({
      id: `${prefix}.together`,
      title: 'two equal calls at once both succeed, and do it once',
      run: async (fixture) => {
        for (const { method, arm } of repeated) {
          const { act, look } = await arm(fixture);
          const [first, second] = await Promise.all([act(allowed()), act(allowed())]);
          assert.deepEqual(second, first, method);
          const after = await look();
          assert.deepEqual(await act(allowed()), first, method);
          assert.deepEqual(await look(), after, method);
        }
      },
    }),
    instrumented({
      id: `${prefix}.lost-answer`,
      title: 'a caller whose answer was lost is not told a lie, asks again, and it is done once',
      needs: ['loseAnswer'],
      run: async (fixture, { loseAnswer }) => {
        for (const { method, arm } of repeated) {
          const { act, look } = await arm(fixture);
          loseAnswer();
          await worksOrIsUnknown(() => act(allowed()));
          const after = await look();
          await act(allowed());
          assert.deepEqual(await look(), after, method);
        }
      },
    }),
    instrumented({
      id: `${prefix}.lost-request`,
      title: 'a caller whose request was lost is not told that it is done, and asks again',
      needs: ['loseRequest'],
      run: async (fixture, { loseRequest }) => {
        for (const { method, arm } of repeated) {
          const { act, look } = await arm(fixture);
          const before = await look();
          loseRequest();
          const result = await worksOrIsUnknown(() => act(allowed()));
          if (result.ok) assert.notDeepEqual(await look(), before, `${method}: it was not done`);
          else await act(allowed());
          assert.notDeepEqual(await look(), before, method);
        }
      },
    }),
  ];
}

function abortCases<Fixture extends CaseFixture>({
  prefix,
  effects,
  readings,
}: EffectSuite<Fixture>): readonly Case<Fixture>[] {
  return [
    plain({
      id: `${prefix}.abort.before`,
      title: 'a call whose signal has fired already is ABORTED and changes nothing',
      run: async (fixture) => {
        const signal = firedSignal();
        for (const { method, arm } of effects) {
          const { act, look } = await arm(fixture);
          const before = await look();
          await rejectsWith('ABORTED', () => act({ permit: countingPermit(), signal }));
          assert.deepEqual(await look(), before, method);
        }
        for (const { call } of readings) {
          await rejectsWith('ABORTED', () => call(fixture, { signal }));
        }
      },
    }),
    instrumented({
      id: `${prefix}.abort.during`,
      title: 'a call that waits for its answer ends with ABORTED when its signal fires',
      needs: ['leaveUnanswered'],
      run: async (fixture, { leaveUnanswered }) => {
        const ends = async (
          method: string,
          call: (signal: AbortSignal) => Promise<unknown>,
        ): Promise<void> => {
          const giveUp = new AbortController();
          const sent = leaveUnanswered('any');
          const pending = rejectsWith('ABORTED', () => call(giveUp.signal));
          await soon(fixture.clock, `a request of ${method}`, Promise.race([sent, pending]));
          giveUp.abort();
          await soon(fixture.clock, `the end of an abandoned ${method}`, pending);
        };
        for (const { method, arm } of effects) {
          const { act } = await arm(fixture);
          await ends(method, (signal) => act({ permit: countingPermit(), signal }));
        }
        for (const { method, call } of readings) {
          await ends(method, (signal) => call(fixture, { signal }));
        }
      },
    }),
  ];
}

function listingCases<Fixture extends CaseFixture>({
  prefix,
  listings,
}: EffectSuite<Fixture>): readonly Case<Fixture>[] {
  if (listings.length === 0) return [];
  return [
    instrumented({
      id: `${prefix}.list.page-2-fails`,
      title: 'a page that cannot be had is an error, never the end of the list',
      needs: ['failPage2'],
      run: async (fixture, { failPage2 }) => {
        const lists: (() => AsyncIterable<unknown>)[] = [];
        for (const { arm } of listings) lists.push(await arm(fixture));
        failPage2();
        for (const list of lists) {
          await rejectsWith(['UNAVAILABLE', 'PERMISSION_DENIED', 'CORRUPT'], () => collect(list()));
        }
      },
    }),
  ];
}
