import type { HistoryLimits } from '@firecamp/core';

/** A whole number, both ends included. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** What may be said of the history of operations: each record that is kept is read at times. */
export const HISTORY_RANGES: Readonly<Record<keyof HistoryLimits, Range>> = {
  recentMax: { min: 0, max: 1_000 },
  keptMax: { min: 0, max: 100_000 },
  // A command repeats what it asked for while its manager does not answer.
  repeatMs: { min: 60_000, max: 2_592_000_000 },
};

/** Keys of `firecamp.yaml` that are alike, and what they mean: a row of the table in the README. */
export interface KeyRow {
  readonly keys: readonly string[];
  readonly meaning: string;
}

/** Every key that the file may have at its top. */
export const KEY_ROWS: readonly KeyRow[] = [
  {
    keys: ['cluster'],
    meaning: 'its name, at most 40 letters, digits and dashes; the one key that must be there',
  },
  { keys: ['domain'], meaning: 'the DNS domain, or `none`; `<cluster>.firecamp.test`' },
  { keys: ['region'], meaning: 'what nodes say of where they are; `local`' },
  {
    keys: ['timing'],
    meaning: '`embedded` for one machine, `network` for nodes on a network; `embedded`',
  },
  {
    keys: ['nodes'],
    meaning: '`name` and `zone` of each node that this machine plays, at most 64; three',
  },
  {
    keys: ['database', 'volumes', 'names', 'addresses', 'orchestrator', 'secrets'],
    meaning: 'an adapter each; `names` and `addresses` may be `none`',
  },
  { keys: ['fencers'], meaning: 'a list of adapters, tried in that order; `[process-gone]`' },
  { keys: ['recipes'], meaning: 'a list; `[postgresql, custom]`' },
  { keys: ['history'], meaning: 'how much is kept of operations that have ended: see below' },
];
