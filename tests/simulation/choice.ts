import { parseArgs } from 'node:util';
import { PROTOCOL_RULES } from '@firecamp/core';
import { FAMILIES } from './families.ts';
import { WORLDS } from './worlds.ts';

type Rule = keyof typeof PROTOCOL_RULES;

/** What `pnpm simulate` was asked for. */
export interface Choice {
  readonly worlds: readonly string[];
  readonly seed: number;
  readonly count: number;
  readonly jobs: number;
  readonly trace: boolean;
  /** Where the first failing run, made small, is kept as a scenario; null for nowhere. */
  readonly save: string | null;
  readonly sweep: boolean;
  /** The folder in which a report of each world is kept and gone on with; null for nowhere. */
  readonly report: string | null;
  /** The family that runs are drawn from; null for all that can go wrong. */
  readonly family: string | null;
  /** The rules that are left out; null where none is. */
  readonly canary: readonly Rule[] | null;
}

export const USAGE = `usage: pnpm simulate [--world W] [--seed N] [--count M] [--jobs J]
                    [--trace] [--save FILE] [--sweep] [--report FOLDER]
                    [--family F] [--canary RULE,...]

  --world W      ${Object.keys(WORLDS).join(', ')}; left out: all of them
  --seed N       the first seed (1)
  --count M      how many seeds (1)
  --jobs J       how many at once (1)
  --trace        tell the story of each failing seed, or of the one seed that was asked for
  --save FILE    with --trace: keeps the run that was told, to be run again by the tests
  --sweep        each call of a quiet run with each fault, instead of seeds
  --report FOLDER  keep a report of each world there; called again, go on from where it stands
  --family F     seeds round one trace, instead of all that can go wrong;
                 ${Object.keys(FAMILIES).join(', ')}
  --canary RULE  leave rules of the protocol out: succeeds only if that is noticed;
                 ${Object.keys(PROTOCOL_RULES).join(', ')}`;

/** @throws TypeError - an argument is wrong; the message says which. */
export function parseChoice(given: readonly string[]): Choice {
  const { values } = parseArgs({
    args: [...given],
    options: {
      world: { type: 'string' },
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '1' },
      jobs: { type: 'string', default: '1' },
      trace: { type: 'boolean', default: false },
      save: { type: 'string' },
      sweep: { type: 'boolean', default: false },
      report: { type: 'string' },
      family: { type: 'string' },
      canary: { type: 'string' },
    },
  });
  if (values.report !== undefined && values.canary !== undefined) {
    throw new TypeError('--report takes no --canary: that run is to fail');
  }
  const family = values.family ?? null;
  if (family !== null && (values.report !== undefined || values.sweep)) {
    throw new TypeError('--family takes neither --report nor --sweep');
  }
  if (family !== null && !Object.hasOwn(FAMILIES, family)) {
    throw new TypeError(`there is no family ${family}`);
  }
  const worlds = values.world === undefined ? Object.keys(WORLDS) : [values.world];
  for (const world of worlds) {
    if (!Object.hasOwn(WORLDS, world)) throw new TypeError(`there is no world ${world}`);
  }
  return {
    worlds,
    seed: whole('seed', values.seed),
    count: whole('count', values.count),
    jobs: whole('jobs', values.jobs),
    trace: values.trace,
    save: values.save ?? null,
    sweep: values.sweep,
    report: values.report ?? null,
    family,
    canary: values.canary === undefined ? null : values.canary.split(',').map(ruleOf),
  };
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new TypeError(`--${name} takes a whole number of 1 or more, not ${text}`);
}

function ruleOf(text: string): Rule {
  const rules = Object.keys(PROTOCOL_RULES) as Rule[];
  const rule = rules.find((one) => one === text);
  if (rule === undefined) throw new TypeError(`there is no rule ${text}: ${rules.join(', ')}`);
  return rule;
}
