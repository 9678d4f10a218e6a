import { type CallOptions, type EffectOptions, FireCampError } from '@firecamp/core';
import { fault, intercept, type Mutant, type Mutants } from './mutate.ts';

/** Puts a changed adapter in the place of each one in the fixture. */
export type Replace<Fixture> = (
  fixture: Fixture,
  change: <T extends object>(seam: T) => T,
) => Fixture;

type Intercept = (
  method: string,
  args: readonly unknown[],
  next: (...args: readonly unknown[]) => unknown,
) => unknown;

/** The mutants of the cases that every seam with effects has. */
export function effectMutants<Fixture>(
  prefix: string,
  replace: Replace<Fixture>,
): Mutants<Fixture> {
  const mutant =
    (make: () => Intercept): Mutant<Fixture> =>
    (fixture) =>
      replace(fixture, (seam) => intercept(seam, make()));
  const kinds: Readonly<Record<string, () => Intercept>> = {
    'permit.each-request': () => neverAsks,
    'permit.revoked': () => ignoresRefusal,
    'permit.each-attempt': () => retriesBeneath,
    'permit.refused': () => ignoresRefusal,
    'permit.timeout': () => ignoresTimeout,
    repeat: refusesRepeat,
    together: refusesSecond,
    'lost-answer': () => saysNothingHappened,
    'lost-request': () => saysItIsDone,
    'abort.before': () => dropsSignal,
    'abort.during': () => forgetsSignal,
    'list.page-2-fails': () => endsEarly,
  };
  return Object.fromEntries(
    Object.entries(kinds).map(([kind, make]) => [`${prefix}.${kind}`, mutant(make)]),
  );
}

function isEffect(value: unknown): value is EffectOptions {
  return typeof value === 'object' && value !== null && 'permit' in value;
}

function isCall(value: unknown): value is CallOptions {
  return typeof value === 'object' && value !== null && 'signal' in value;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}

const unasked = (arg: unknown): unknown =>
  isEffect(arg) ? { ...arg, permit: { generation: 1, ask: async () => 10_000 } } : arg;

const neverAsks: Intercept = (_method, args, next) => next(...args.map(unasked));

/** As a client library that sends again by itself, beneath the one ask of its caller. */
const retriesBeneath: Intercept = (_method, args, next) =>
  onUnknown(next(...args), () => next(...args.map(unasked)));

const ignoresRefusal: Intercept = (_method, args, next) =>
  next(
    ...args.map((arg) => {
      if (!isEffect(arg)) return arg;
      const { permit } = arg;
      const ask = (request: string): Promise<number> => permit.ask(request).catch(() => 10_000);
      return { ...arg, permit: { generation: permit.generation, ask } };
    }),
  );

const ignoresTimeout: Intercept = (_method, args, next) =>
  next(
    ...args.map((arg) => {
      if (!isEffect(arg)) return arg;
      const { permit } = arg;
      const ask = async (request: string): Promise<number> => (await permit.ask(request)) + 600_000;
      return { ...arg, permit: { generation: permit.generation, ask } };
    }),
  );

function keyOf(method: string, args: readonly unknown[]): string {
  return JSON.stringify([method, ...args.filter((arg) => !isEffect(arg))]);
}

/** As a backend that has no idempotent calls. */
function refusesRepeat(): Intercept {
  const done = new Set<string>();
  return (method, args, next) => {
    const result = next(...args);
    if (!isPromise(result) || !args.some(isEffect)) return result;
    const key = keyOf(method, args);
    return result.then((value) => {
      if (done.has(key)) throw fault('FAILED_PRECONDITION');
      done.add(key);
      return value;
    });
  };
}

/** As a driver with a table of what is under way. */
function refusesSecond(): Intercept {
  const underWay = new Set<string>();
  return (method, args, next) => {
    if (!args.some(isEffect)) return next(...args);
    const key = keyOf(method, args);
    if (underWay.has(key)) return Promise.reject(fault('ABORTED'));
    underWay.add(key);
    return Promise.resolve(next(...args)).finally(() => underWay.delete(key));
  };
}

function isUnknown(value: unknown): boolean {
  return (
    FireCampError.is(value, 'UNKNOWN_OUTCOME') ||
    (Array.isArray(value) && value.some((result) => result?.outcome === 'unknown'))
  );
}

/** What the call came to, an unknown outcome replaced. */
function onUnknown(result: unknown, instead: () => unknown): unknown {
  if (!isPromise(result)) return result;
  return result.then(
    (value) => (isUnknown(value) ? instead() : value),
    (error: unknown) => {
      if (isUnknown(error)) return instead();
      throw error;
    },
  );
}

const saysNothingHappened: Intercept = (_method, args, next) =>
  onUnknown(next(...args), () => {
    throw fault('UNAVAILABLE');
  });

const saysItIsDone: Intercept = (_method, args, next) => onUnknown(next(...args), () => args[0]);

const withoutSignal = (arg: unknown): unknown => {
  if (!isCall(arg)) return arg;
  const { signal: _signal, ...rest } = arg;
  return rest;
};

export const dropsSignal: Intercept = (_method, args, next) => next(...args.map(withoutSignal));

export const forgetsSignal: Intercept = (_method, args, next) =>
  next(...args.map((arg) => (isCall(arg) && arg.signal?.aborted ? arg : withoutSignal(arg))));

export const endsEarly: Intercept = (_method, args, next) => {
  const result = next(...args);
  return isIterable(result) ? untilError(result) : result;
};

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}

async function* untilError(items: AsyncIterable<unknown>): AsyncGenerator<unknown> {
  try {
    yield* items;
  } catch (error) {
    if (!FireCampError.is(error, 'UNAVAILABLE')) throw error;
  }
}
