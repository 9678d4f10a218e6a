import type { ProtocolRules } from '@firecamp/core';
import { parseChoice } from './choice.ts';
import type { Failure } from './report.ts';
import { Runner } from './runner.ts';

/** A sentence of the protocol that is left out, and the runs that notice. */
export interface Canary {
  /** What an agent or a manager then does. */
  readonly what: string;
  readonly without: readonly (keyof ProtocolRules)[];
  readonly world: string;
  /** Null: by chance, among runs in which anything can go wrong. */
  readonly family: string | null;
  /** So many seeds must be enough: about three times what was needed. */
  readonly seedsMax: number;
}

/** Every rule, each left out alone. In the order in which they stand in `ProtocolRules`. */
export const CANARIES: readonly Canary[] = [
  {
    what: 'fences whom the backends name, and records no holder itself',
    without: ['holderTokenRecorded'],
    world: 'swarm',
    family: null,
    seedsMax: 30,
  },
  {
    what: 'mounts, and records that it did, before the owner that it displaced is fenced',
    without: ['nothingWhileUnfenced'],
    world: 'embedded',
    family: null,
    seedsMax: 30,
  },
  {
    what: 'claims without waiting for the end of a lease',
    without: ['leaseWaitedOut'],
    world: 'embedded',
    family: null,
    seedsMax: 30,
  },
  {
    what: 'takes an owner whose beat does not list the member for one that let it go',
    without: ['absenceProvesNothing'],
    world: 'embedded',
    family: 'beat-is-old',
    seedsMax: 10,
  },
  {
    what: 'takes an attachment for gone because its node beats without the member',
    without: ['backendNamedLeavesByBackend'],
    world: 'aws',
    family: 'attach-hangs',
    seedsMax: 40,
  },
  {
    what: 'takes a task of which no process is seen for one that ended',
    without: ['stoppedMeansRuntimeSays'],
    world: 'embedded',
    family: 'engine-hangs',
    seedsMax: 10,
  },
  {
    what: 'leaves a release that hangs to the node that beats',
    without: ['stuckReleasingGetsOrder'],
    world: 'embedded',
    family: 'release-hangs',
    seedsMax: 30,
  },
  {
    what: 'claims before its first beat',
    without: ['noClaimBeforeFirstBeat'],
    world: 'embedded',
    family: null,
    seedsMax: 10,
  },
  {
    what: 'beats again before it has re-written what it owns',
    without: ['returningTouchesFirst'],
    world: 'embedded',
    family: 'claim-is-late',
    seedsMax: 60,
  },
  {
    what: 'follows an order that names an older generation',
    without: ['staleOrderIsNone'],
    world: 'embedded',
    family: 'order-is-old',
    seedsMax: 10,
  },
  {
    what: 'forgets at a claim whom an earlier claimant left unfenced',
    without: ['unfencedCarriedOver'],
    world: 'embedded',
    family: 'claimant-dies',
    seedsMax: 15,
  },
  {
    what: 'fences whom the record names, and asks no backend',
    without: ['observedHoldersFenced'],
    world: 'aws',
    family: null,
    seedsMax: 60,
  },
  {
    what: 'takes no new boot for the end of the one before',
    without: ['rebootIsProof'],
    world: 'aws',
    family: null,
    seedsMax: 30,
  },
  {
    what: 'asks for its permit once, before the first attempt',
    without: ['permitPerAttempt'],
    world: 'aws',
    family: 'mover-stands-still',
    seedsMax: 15,
  },
  {
    what: 'takes a lease of its own earlier incarnation for its own',
    without: ['ownIncarnationIsStranger'],
    world: 'embedded',
    family: null,
    seedsMax: 30,
  },
  {
    what: 'fences before the claim',
    without: ['claimBeforeDetach'],
    world: 'embedded',
    family: null,
    seedsMax: 10,
  },
  {
    what: 'acts without a lease while it is mounted',
    without: ['mountedPermitByCas'],
    world: 'aws',
    family: 'address-goes-while-silent',
    seedsMax: 15,
  },
  {
    what: 'formats what does not look like a filesystem',
    without: ['formatOnlyByIntent'],
    world: 'embedded',
    family: 'device-unreadable',
    seedsMax: 10,
  },
  {
    what: 'reckons the end of a lease by the time of day',
    without: ['noWallClock'],
    world: 'embedded',
    family: null,
    seedsMax: 30,
  },
  {
    what: 'stops a member because the database is out of reach',
    without: ['silenceStopsNothing'],
    world: 'embedded',
    family: null,
    seedsMax: 10,
  },
  {
    what: 'leaves the generation of a name that says the right thing already',
    without: ['nameGenerationRises'],
    world: 'embedded',
    family: 'name-comes-late',
    seedsMax: 20,
  },
];

/** As `pnpm simulate` takes it, to see the canary die. */
export function argumentsOf({ without, world, family }: Canary, count: number): readonly string[] {
  return [
    ...['--world', world],
    ...(family === null ? [] : ['--family', family]),
    ...['--canary', without.join(',')],
    ...['--count', String(count)],
  ];
}

/** The first seed, from 1, that notices; null where none of as many as may be needed does. */
export async function firstCaught(canary: Canary, seedsMax: number): Promise<Failure | null> {
  const runner = new Runner(parseChoice(argumentsOf(canary, seedsMax)), canary.world);
  for (let place = 0; place < seedsMax; place += 1) {
    const [failure] = (await runner.run({ from: place, to: place + 1 })).failures;
    if (failure !== undefined) return failure;
  }
  return null;
}

/** What the same run breaks with every rule on. */
export async function brokenWithAllRules(canary: Canary, place: number): Promise<Failure | null> {
  const whole = argumentsOf(canary, place + 1).filter(
    (word, at, all) => word !== '--canary' && all[at - 1] !== '--canary',
  );
  const runner = new Runner(parseChoice(whole), canary.world);
  return (await runner.run({ from: place, to: place + 1 })).failures[0] ?? null;
}
