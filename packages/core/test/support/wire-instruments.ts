import type { Instruments } from '@firecamp/core/conformance';
import type { MemoryWire } from '@firecamp/core/memory';

/** All that a memory backend's wire can do. */
export function wireInstruments(wire: MemoryWire) {
  return {
    requests: () => wire.requests(),
    loseRequest: () => wire.loseRequest(),
    loseAnswer: () => wire.loseAnswer(),
    delayRequest: () => wire.delayRequest(),
    leaveUnanswered: (which) => wire.leaveUnanswered(which),
    failPage2: () => wire.failPage2(),
  } satisfies Instruments;
}
