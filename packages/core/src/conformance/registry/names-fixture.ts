import assert from 'node:assert/strict';
import { FireCampError } from '../../error.ts';
import type {
  ChangeResult,
  NameChange,
  NameEntry,
  NameRecord,
  Names,
  NamesCapabilities,
} from '../../registry/names.ts';
import type { CaseFixture } from '../case.ts';
import { allowed } from '../permit.ts';

/** What the cases of names work on. */
export interface NamesFixture extends CaseFixture {
  readonly names: Names;
  /** Another client of the same registry, as another manager or agent has it. */
  readonly peer: Names;
  /** The zone under which the cases make their names, for example `conformance.internal`. */
  readonly domain: string;
}

/** A record that this registry can have, different for each number of 0 to 200. */
export function recordOf({ names }: NamesFixture, number: number): NameRecord {
  const { types, ttlSecondsMin } = names.capabilities;
  const [type] = types;
  assert.ok(type, 'a registry has at least one type of record');
  return { type, values: [valueFor(type, number)], ttlSeconds: Math.max(5, ttlSecondsMin) };
}

export function valueFor(type: NamesCapabilities['types'][number], number: number): string {
  switch (type) {
    case 'A':
      return `192.0.2.${number}`;
    case 'AAAA':
      return `2001:db8::${number.toString(16)}`;
    case 'SRV':
      return `0 0 ${5000 + number} host-${number}.example`;
    case 'TXT':
      return `text ${number}; "quoted" \\ and =`;
  }
}

/** One name of a case, owned by one service. */
export interface NameSubject {
  readonly name: string;
  readonly owner: string;
  /** The change that sets it. */
  set(number: number, generation: number): NameChange;
  removal(generation: number): NameChange;
  get(): Promise<NameEntry | null>;
}

export function nameSubject(
  fixture: NamesFixture,
  name: string = `${fixture.freshId()}.${fixture.domain}`,
  owner: string = fixture.freshId(),
): NameSubject {
  return {
    name,
    owner,
    set: (number, generation) => ({
      name,
      owner,
      generation,
      records: [recordOf(fixture, number)],
    }),
    removal: (generation) => ({ name, owner, generation, records: null }),
    get: () => fixture.peer.get(name),
  };
}

export async function changeOne(names: Names, change: NameChange): Promise<ChangeResult> {
  const results = await names.change([change], allowed());
  assert.equal(results.length, 1, 'one change gives one result');
  const [result] = results;
  assert.ok(result);
  assert.equal(result.name, change.name);
  return result;
}

export async function done(names: Names, change: NameChange): Promise<string> {
  const result = await changeOne(names, change);
  assert.equal(result.outcome, 'done');
  return result.outcome === 'done' ? result.settle : '';
}

/** The change is refused, and the result shows what stands there. */
export async function stale(
  fixture: NamesFixture,
  change: NameChange,
  current: NameEntry | null,
): Promise<void> {
  const result = await changeOne(fixture.names, change);
  assert.equal(result.outcome, 'stale');
  if (result.outcome === 'stale') assert.deepEqual(result.current, current);
  assert.deepEqual(await fixture.peer.get(change.name), current);
}

/** An unknown result as the error it would be of a method that rejects. */
export function knownOrThrow(results: readonly ChangeResult[]): readonly ChangeResult[] {
  const unknown = results.find(({ outcome }) => outcome === 'unknown');
  if (unknown === undefined) {
    for (const { name, outcome } of results) assert.equal(outcome, 'done', name);
    return results;
  }
  throw new FireCampError('UNKNOWN_OUTCOME', `${unknown.name}: no answer`, {
    operation: 'Names.change',
  });
}
