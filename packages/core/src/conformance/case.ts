import type { Clock } from '../clock.ts';
import type { InstrumentName, Instruments } from './instruments.ts';

/** Changes when a clause is added, dropped or changed, so that a report says what it was against. */
export const CONTRACT_VERSION = '0.6.0';

/** One clause of a contract. `id` never changes its meaning and is never used again. */
export interface Case<Fixture> {
  readonly id: string;
  readonly title: string;
  /** Without these the case cannot be run, and counts as not run, never as passed. */
  readonly needs: readonly InstrumentName[];
  readonly run: (fixture: Fixture) => Promise<void>;
}

/** What every fixture gives. Disposing of it removes all that the case has left behind. */
export interface CaseFixture extends AsyncDisposable {
  readonly clock: Clock;
  /**
   * An id that no other case has, 1 to 40 characters of `[a-z0-9-]`, that begins with a letter and
   * ends with a letter or digit; also on a backend that others use at the same time.
   */
  readonly freshId: () => string;
  /** What this fixture can do to the transport and to the backend; honest, and may be empty. */
  readonly instruments: Instruments;
}

/** What a case that needs instruments is written as. */
export interface InstrumentedCase<Fixture, Name extends InstrumentName> {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly Name[];
  readonly run: (fixture: Fixture, instruments: Required<Pick<Instruments, Name>>) => Promise<void>;
}

/** The instruments of these that the fixture lacks. */
export function lackingInstruments(
  needs: readonly InstrumentName[],
  { instruments }: CaseFixture,
): readonly InstrumentName[] {
  return needs.filter((name) => instruments[name] === undefined);
}

/** A case that any fixture can run. */
export function plain<Fixture extends CaseFixture>(
  one: Omit<Case<Fixture>, 'needs'>,
): Case<Fixture> {
  return { ...one, needs: [] };
}

/** A case that needs instruments, and gets them as things that are there. */
export function instrumented<Fixture extends CaseFixture, const Name extends InstrumentName>(
  one: InstrumentedCase<Fixture, Name>,
): Case<Fixture> {
  const { id, title, needs, run } = one;
  return {
    id,
    title,
    needs,
    run: async (fixture) => {
      const lacking = lackingInstruments(needs, fixture);
      if (lacking.length > 0) throw new TypeError(`${id} needs ${lacking.join(', ')}`);
      await run(fixture, fixture.instruments as Required<Pick<Instruments, Name>>);
    },
  };
}
