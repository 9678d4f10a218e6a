import { type Clock, FireCampError } from '@firecamp/core';
import type { Case, CaseFixture } from '@firecamp/core/conformance';
import { describe, expect, test } from 'vitest';
import { testClock } from '../support/test-clock.ts';

/** Breaks what a fixture gives, in one way. */
export type Mutant<Fixture> = (fixture: Fixture) => Fixture;
export type Mutants<Fixture> = Readonly<Record<string, Mutant<Fixture>>>;

/** Methods to be put in place of an adapter's own; each is given that one as `next`. */
export type Overrides<T> = {
  readonly [K in keyof T]?: T[K] extends (...args: infer Args) => infer Result
    ? (next: (...args: Args) => Result, ...args: Args) => Result
    : T[K];
};

type AnyMethod = (...args: readonly unknown[]) => unknown;

/** The same adapter with every call going through this. */
export function intercept<T extends object>(
  inner: T,
  change: (method: string, args: readonly unknown[], next: AnyMethod) => unknown,
): T {
  return new Proxy(inner, {
    get: (target, key) => {
      const own: unknown = Reflect.get(target, key, target);
      if (typeof own !== 'function') return own;
      return (...args: readonly unknown[]) =>
        change(String(key), args, (...changed) => Reflect.apply(own, target, changed));
    },
  });
}

/** The same adapter with some of its methods or capabilities replaced. */
export function override<T extends object>(inner: T, overrides: Overrides<T>): T {
  return new Proxy(inner, {
    get: (target, key) => {
      const own: unknown = Reflect.get(target, key, target);
      const other: unknown = Reflect.get(overrides, key);
      if (typeof own !== 'function') return other === undefined ? own : other;
      const next = own.bind(target) as AnyMethod;
      if (typeof other !== 'function') return next;
      return (...args: readonly unknown[]) => (other as AnyMethod)(next, ...args);
    },
  });
}

export function fault(code: FireCampError['code'], current: unknown = undefined): FireCampError {
  return new FireCampError(code, 'broken on purpose', { operation: 'mutant', current });
}

/** What to do instead, where the call rejects with that code. */
export async function onError<T>(
  pending: Promise<T>,
  code: FireCampError['code'],
  instead: (error: FireCampError) => T | Promise<T>,
): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    if (FireCampError.is(error, code)) return instead(error);
    throw error;
  }
}

/** A request that was held up on its way, and that does this when it arrives. */
export const landsBy =
  <Fixture extends CaseFixture>(harm: (fixture: Fixture) => Promise<void>): Mutant<Fixture> =>
  (fixture) => {
    const { instruments } = fixture;
    const delayRequest = (): (() => Promise<void>) => {
      const land = instruments.delayRequest?.();
      return async () => {
        await land?.();
        await harm(fixture);
      };
    };
    return { ...fixture, instruments: { ...instruments, delayRequest } };
  };

/** All that is there, at once. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A list made of what another list gives. */
export async function* changed<T>(
  items: AsyncIterable<T>,
  change: (items: T[]) => Iterable<T>,
): AsyncGenerator<T> {
  yield* change(await all(items));
}

/** How many times faster a case loses its patience with a mutant, which often never answers. */
const HASTE = 30;

const hastyClock: Clock = {
  ...testClock,
  monotonicMs: () => testClock.monotonicMs() * HASTE,
  sleep: (ms, signal) => testClock.sleep(ms / HASTE, signal),
};

/** The cases of one set of capabilities. */
export interface CaseSet<Fixture> {
  readonly cases: readonly Case<Fixture>[];
  readonly makeFixture: () => Promise<Fixture>;
}

/** Each case fails for an adapter that breaks its clause, and each has such an adapter. */
export function proveMutants<Fixture extends CaseFixture>(
  title: string,
  sets: readonly CaseSet<Fixture>[],
  mutants: Mutants<Fixture>,
): void {
  describe(`the cases of ${title}`, () => {
    const first = new Map<
      string,
      { readonly one: Case<Fixture>; readonly set: CaseSet<Fixture> }
    >();
    for (const set of sets) {
      for (const one of set.cases) if (!first.has(one.id)) first.set(one.id, { one, set });
    }

    test('each have a mutant, and each mutant has a case', () => {
      expect(Object.keys(mutants).sort()).toEqual([...first.keys()].sort());
    });

    for (const [id, { one, set }] of first) {
      test(`${id} fails for its mutant alone`, async () => {
        await using sound = await set.makeFixture();
        await one.run(sound);
        await using fixture = await set.makeFixture();
        const broken = mutants[id]?.({ ...fixture, clock: hastyClock });
        expect(broken).toBeDefined();
        if (broken === undefined) return;

        const error: unknown = await one.run(broken).then(
          () => null,
          (reason: unknown) => reason,
        );

        expect(error, 'the case passes for an adapter that breaks its clause').not.toBeNull();
        // Anything else would be a mistake in the mutant itself.
        expect(isFinding(error), String((error as Error).stack)).toBe(true);
      });
    }
  });
}

function isFinding(error: unknown): boolean {
  return FireCampError.is(error) || (error instanceof Error && error.name === 'AssertionError');
}
