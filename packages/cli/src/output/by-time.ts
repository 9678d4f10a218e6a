/** Streams that are each in the order of their time, as one. Only one item of each is held. */
export async function* byTime<T extends { readonly atMs: number }>(
  streams: readonly AsyncGenerator<T>[],
): AsyncGenerator<T> {
  await using stack = new AsyncDisposableStack();
  for (const stream of streams) stack.use(stream);
  const heads = await Promise.all(
    streams.map(async (stream) => ({ stream, head: await stream.next() })),
  );
  for (;;) {
    const next = heads.filter(({ head }) => head.done !== true).toSorted(earlier)[0];
    if (next === undefined || next.head.done === true) return;
    yield next.head.value;
    next.head = await next.stream.next();
  }
}

function earlier<T extends { readonly atMs: number }>(
  a: { readonly head: IteratorResult<T> },
  b: { readonly head: IteratorResult<T> },
): number {
  return a.head.value.atMs - b.head.value.atMs;
}
