/** A layer is closed by closing what it wraps, where that is a thing to be closed. */
export async function closeInner(inner: object): Promise<void> {
  if (isAsyncDisposable(inner)) await inner[Symbol.asyncDispose]();
}

function isAsyncDisposable(value: object): value is AsyncDisposable {
  return Symbol.asyncDispose in value && typeof value[Symbol.asyncDispose] === 'function';
}
