import type { Clock } from '@firecamp/core';
import { type TraceEvent, type Wrap, withTrace } from '@firecamp/core/layers';

/** Told of every call of a backend once it has ended. Must not throw, and is not waited for. */
export type TraceSink = (event: TraceEvent) => void;

/** Puts a trace around a seam; the seam itself where nobody wants to hear of it. */
export type Traced = <Seam extends object>(wrap: Wrap<Seam>, seam: Seam) => Seam;

export function tracedTo(sink: TraceSink | undefined, clock: Clock): Traced {
  if (sink === undefined) return (_wrap, seam) => seam;
  return (wrap, seam) => closingInner(withTrace(wrap, seam, { clock, sink }), seam);
}

/** What wraps a thing that is to be closed is to be closed in its place. */
function closingInner<Seam extends object>(outer: Seam, inner: Seam): Seam {
  if (!(Symbol.asyncDispose in inner) || Symbol.asyncDispose in outer) return outer;
  const { [Symbol.asyncDispose]: close } = inner as AsyncDisposable;
  return Object.assign(outer, { [Symbol.asyncDispose]: () => close.call(inner) });
}
