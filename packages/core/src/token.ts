declare const carries: unique symbol;

/** A name for one thing that the composition root can supply. A plain symbol at run time. */
export type Token<T> = symbol & { readonly [carries]: (value: T) => T };

/** Makes the token of that name; two copies of core agree on it, since it is a registered symbol. */
export function token<T>(name: string): Token<T> {
  return Symbol.for(`firecamp/${name}`) as Token<T>;
}
