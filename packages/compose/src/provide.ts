import type { Token } from '@firecamp/core';
import {
  Container,
  ContainerModule,
  type ContainerModuleLoadOptions,
  type MapToResolvedValueInjectOptions,
} from 'inversify';

type TokensOf<Needs extends readonly unknown[]> = { [K in keyof Needs]: Token<Needs[K]> };
type Track = <T>(made: T) => T;

/** One line of the wiring: what it gives, what it needs, and how it is made from them. */
export interface Provision {
  readonly gives: symbol;
  readonly bind: (options: ContainerModuleLoadOptions, track: Track) => void;
}

/** What was composed. Closing it closes what was made, newest first. */
export interface Composition extends AsyncDisposable {
  /**
   * Makes what is not made yet: it, and what it needs before it. A second call gives the same.
   *
   * @throws TypeError - nothing provides it, or something that it needs; the wiring is wrong.
   */
  get<T>(wanted: Token<T>): T;
}

/**
 * Says how one thing is made. Typed where the container is not: with a bare symbol it would accept
 * any service for any other.
 *
 * @param make - cheap, without I/O: connecting is a call on what was made.
 */
export function provide<T, const Needs extends readonly unknown[]>(
  gives: Token<T>,
  needs: readonly [...TokensOf<Needs>],
  make: (...needs: NoInfer<Needs>) => NoInfer<T>,
): Provision {
  return {
    gives,
    bind: ({ bind }, track) => {
      bind<T>(gives)
        .toResolvedValue<unknown[]>(
          make as unknown as (...needs: unknown[]) => T & (string | number | boolean | object),
          needs as unknown as MapToResolvedValueInjectOptions<unknown[]>,
        )
        .inSingletonScope()
        .onActivation((_context, made) => track(made));
    },
  };
}

/**
 * The only place that knows a container exists.
 *
 * @throws TypeError - two provisions give the same thing.
 */
export function compose(...provisions: readonly Provision[]): Composition {
  const made = new AsyncDisposableStack();
  const track: Track = (value) => {
    if (isAsyncDisposable(value)) made.use(value);
    return value;
  };
  const given = new Set<symbol>();
  for (const { gives } of provisions) {
    if (given.has(gives)) throw new TypeError(`${nameOf(gives)} is provided twice`);
    given.add(gives);
  }
  const container = new Container();
  container.load(
    new ContainerModule((options) => {
      for (const { bind } of provisions) bind(options, track);
    }),
  );
  return {
    get: <T>(wanted: Token<T>): T => {
      if (!given.has(wanted)) throw new TypeError(`nothing provides ${nameOf(wanted)}`);
      return container.get<T>(wanted);
    },
    [Symbol.asyncDispose]: () => made.disposeAsync(),
  };
}

function nameOf(id: symbol): string {
  return (Symbol.keyFor(id) ?? String(id)).replace('firecamp/', '');
}

function isAsyncDisposable(value: unknown): value is AsyncDisposable {
  return typeof value === 'object' && value !== null && Symbol.asyncDispose in value;
}
