/**
 * The keys and types of a JSON value. A key that ends in `?` is there and may be null; a list holds
 * items of one shape; of an `object` nothing more is said.
 */
export type Shape =
  | 'string'
  | 'number'
  | 'boolean'
  | 'object'
  | readonly [Shape]
  | { readonly [key: string]: Shape };

/** Where a value is not of the shape: each as its path and what is wrong. */
export function shapeFaults(value: unknown, shape: Shape, at: string = ''): readonly string[] {
  if (typeof shape === 'string') {
    return typeOf(value) === shape ? [] : [`${at}: is ${typeOf(value)}, not ${shape}`];
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return [`${at}: is ${typeOf(value)}, not a list`];
    return value.flatMap((item, index) => shapeFaults(item, shape[0], `${at}/${index}`));
  }
  if (typeOf(value) !== 'object') return [`${at}: is ${typeOf(value)}, not object`];
  const found = Object(value) as Readonly<Record<string, unknown>>;
  const wanted = Object.entries(shape).map(
    ([key, of]) => [key.replace(/\?$/, ''), of, key.endsWith('?')] as const,
  );
  const names = new Set(wanted.map(([name]) => name));
  const more = Object.keys(found).filter((name) => !names.has(name));
  return [
    ...more.map((name) => `${at}/${name}: is not in the shape`),
    ...wanted.flatMap(([name, of, nullable]) => {
      if (!Object.hasOwn(found, name)) return [`${at}/${name}: is missing`];
      if (nullable && found[name] === null) return [];
      return shapeFaults(found[name], of, `${at}/${name}`);
    }),
  ];
}

function isList(shape: Exclude<Shape, string>): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}
