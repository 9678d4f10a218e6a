import type { Drain } from '@firecamp/core/simulation';

/** Node empties its queue of microtasks before the next tick. */
export const drain: Drain = (next) => queueMicrotask(() => process.nextTick(next));
