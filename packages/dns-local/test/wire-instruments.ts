import type { Instruments } from '@firecamp/core/conformance';
import type { FaultWire } from '@firecamp/files/faults';

/** All that a test can do between an adapter and its files. */
export function wireInstruments(wire: FaultWire) {
  return {
    requests: () => wire.requests(),
    loseRequest: () => wire.loseRequest(),
    loseAnswer: () => wire.loseAnswer(),
    delayRequest: () => wire.delayRequest(),
    leaveUnanswered: (which) => wire.leaveUnanswered(which),
    failPage2: () => wire.failPage2(),
  } satisfies Instruments;
}
