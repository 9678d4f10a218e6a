/** What stands on one of a member's volumes, as its mark and its content tell. */
export type VolumeState =
  /** No mark, and nothing else. */
  | 'empty'
  /** No mark, but content that is not known to be ours. */
  | 'unmarked'
  /** Our mark says that its first content is being made, or was cut off. */
  | 'begun'
  /** Our mark says that its first content is whole. */
  | 'done'
  /** The mark of another member, or one that cannot be read. */
  | 'foreign';

/** What is known when a member is about to start. */
export interface FillFacts {
  /** Of its record. */
  readonly seeded: boolean;
  readonly volumes: readonly VolumeState[];
  readonly leads: boolean;
  /** Whether the record of any other member says `seeded`. */
  readonly othersSeeded: boolean;
  /** Whether the record of the leader says so. */
  readonly leaderSeeded: boolean;
  readonly hasInitialize: boolean;
  readonly hasSeed: boolean;
}

/** What is to be done with its volumes; `finish`: only the marks are missing. */
export type FillDecision =
  | { readonly do: 'nothing' | 'finish' | 'initialize' | 'seed' | 'mark' }
  | { readonly do: 'wait' | 'refuse'; readonly why: string };

/**
 * Decides how the volumes of a member come by their first content. Only what our own mark says is
 * incomplete is ever taken away, and never of a member that is recorded as seeded.
 */
export function decideFill(facts: FillFacts): FillDecision {
  const has = (state: VolumeState): boolean => facts.volumes.includes(state);
  if (has('foreign')) return refuse('a volume carries the mark of another member');
  if (facts.seeded) return decideSeeded(facts.volumes);
  // All are marked as begun before any is marked as done, so that one is enough to know.
  if (has('done')) {
    const ours = facts.volumes.every((state) => state === 'done' || state === 'begun');
    return ours ? { do: 'finish' } : refuse('one volume was filled and another never was');
  }
  if (has('unmarked')) return refuse('a volume holds what nobody is recorded to have made');
  return facts.leads ? decideLeader(facts) : decideFollower(facts);
}

function decideSeeded(volumes: readonly VolumeState[]): FillDecision {
  if (volumes.length === 0) return { do: 'nothing' };
  if (volumes.includes('empty')) return refuse('it had data, and a volume of it is empty');
  if (!volumes.includes('begun')) return { do: 'nothing' };
  if (volumes.includes('done')) return { do: 'finish' };
  return refuse('it had data, and a volume of it was never filled to the end');
}

function decideLeader(facts: FillFacts): FillDecision {
  if (facts.othersSeeded && (facts.hasInitialize || facts.hasSeed)) {
    return refuse('it leads and has no data, yet others have: let one of them lead, or restore it');
  }
  return { do: facts.hasInitialize ? 'initialize' : 'mark' };
}

function decideFollower(facts: FillFacts): FillDecision {
  if (!facts.hasSeed) return { do: 'mark' };
  if (facts.leaderSeeded) return { do: 'seed' };
  return { do: 'wait', why: 'the leader has no data yet' };
}

function refuse(why: string): FillDecision {
  return { do: 'refuse', why };
}
