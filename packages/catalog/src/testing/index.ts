export { type CounterSpec, counter } from './counter.ts';
export { createLedger, type LedgerMoment, type LedgerProbe, type LedgerSpec } from './ledger.ts';
export { askTally } from './tally-client.ts';
