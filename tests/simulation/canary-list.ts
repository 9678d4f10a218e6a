import type { ProtocolRules } from '@firecamp/core';
import { parseChoice } from './choice.ts';
import type { Failure } from './report.ts';
import { Runner } from './runner.ts';

type Rule = keyof ProtocolRules;

/** A sentence of the protocol that is left out, and the runs that notice. */
export interface Canary {
  /** What an agent or a manager then does. */
  readonly what: string;
  readonly without: Rule;
  /** Left out as well, and harmless in the same run as long as the other one is kept. */
  readonly besides: Rule | null;
  readonly world: string;
  /** Null: by chance, among runs in which anything can go wrong. */
  readonly family: string | null;
  /** So many seeds must be enough: about three times what was needed. */
  readonly seedsMax: number;
}

/** Every rule left out alone, in the order of `ProtocolRules`; then what takes two. */
export const CANARIES: readonly Canary[] = [
  {
    what: 'fences whom the backends name, and records no holder itself',
    without: 'holderTokenRecorded',
    besides: null,
    world: 'swarm',
    family: null,
    seedsMax: 40,
  },
  {
    what: 'mounts, and records that it did, before the owner that it displaced is fenced',
    without: 'nothingWhileUnfenced',
    besides: null,
    world: 'embedded',
    family: 'claimant-dies',
    seedsMax: 10,
  },
  {
    what: 'claims without waiting for the end of a lease',
    without: 'leaseWaitedOut',
    besides: null,
    world: 'embedded',
    family: 'mover-stands-still',
    seedsMax: 20,
  },
  {
    what: 'takes an owner whose beat does not list the member for one that let it go',
    without: 'absenceProvesNothing',
    besides: null,
    world: 'embedded',
    family: 'beat-is-old',
    seedsMax: 10,
  },
  {
    what: 'takes an attachment for gone because its node beats without the member',
    without: 'backendNamedLeavesByBackend',
    besides: null,
    world: 'aws',
    family: 'attach-hangs',
    seedsMax: 40,
  },
  {
    what: 'takes a task of which no process is seen for one that ended',
    without: 'stoppedMeansRuntimeSays',
    besides: null,
    world: 'embedded',
    family: 'engine-hangs',
    seedsMax: 10,
  },
  {
    what: 'leaves a release that hangs to the node that beats',
    without: 'stuckReleasingGetsOrder',
    besides: null,
    world: 'embedded',
    family: 'release-hangs',
    seedsMax: 30,
  },
  {
    what: 'claims before its first beat',
    without: 'noClaimBeforeFirstBeat',
    besides: null,
    world: 'embedded',
    family: null,
    seedsMax: 10,
  },
  {
    what: 'beats again before it has re-written what it owns',
    without: 'returningTouchesFirst',
    besides: null,
    world: 'embedded',
    family: 'claim-is-late',
    seedsMax: 60,
  },
  {
    what: 'follows an order that names an older generation',
    without: 'staleOrderIsNone',
    besides: null,
    world: 'embedded',
    family: 'order-is-old',
    seedsMax: 10,
  },
  {
    what: 'forgets at a claim whom an earlier claimant left unfenced',
    without: 'unfencedCarriedOver',
    besides: null,
    world: 'embedded',
    family: 'claimant-dies',
    seedsMax: 15,
  },
  {
    what: 'fences whom the record names, and asks no backend',
    without: 'observedHoldersFenced',
    besides: null,
    world: 'aws',
    family: null,
    seedsMax: 60,
  },
  {
    what: 'takes no new boot for the end of the one before',
    without: 'rebootIsProof',
    besides: null,
    world: 'aws',
    family: 'owner-boots',
    seedsMax: 10,
  },
  {
    what: 'asks for its permit once, before the first attempt',
    without: 'permitPerAttempt',
    besides: null,
    world: 'aws',
    family: 'mover-stands-still',
    seedsMax: 15,
  },
  {
    what: 'takes a lease of its own earlier incarnation for its own',
    without: 'ownIncarnationIsStranger',
    besides: null,
    world: 'embedded',
    family: 'mover-starts-anew',
    seedsMax: 10,
  },
  {
    what: 'fences before the claim',
    without: 'claimBeforeDetach',
    besides: null,
    world: 'embedded',
    family: null,
    seedsMax: 10,
  },
  {
    what: 'acts without a lease while it is mounted',
    without: 'mountedPermitByCas',
    besides: null,
    world: 'aws',
    family: 'address-goes-while-silent',
    seedsMax: 15,
  },
  {
    what: 'formats what does not look like a filesystem',
    without: 'formatOnlyByIntent',
    besides: null,
    world: 'embedded',
    family: 'device-unreadable',
    seedsMax: 10,
  },
  {
    what: 'reckons the end of a lease by the time of day',
    without: 'noWallClock',
    besides: null,
    world: 'embedded',
    family: 'mover-stands-still',
    seedsMax: 30,
  },
  {
    what: 'lets a fence run out while whom it keeps out still runs',
    without: 'fencesRenewed',
    besides: null,
    world: 'swarm',
    family: 'fence-runs-out',
    seedsMax: 100,
  },
  {
    what: 'lets in again whom it fenced as soon as the node beats',
    without: 'fenceStandsUntilBootEnds',
    besides: null,
    world: 'swarm',
    family: 'fence-runs-out',
    seedsMax: 100,
  },
  {
    what: 'stops a member because the database is out of reach',
    without: 'silenceStopsNothing',
    besides: null,
    world: 'embedded',
    family: null,
    seedsMax: 40,
  },
  {
    what: 'keeps a member with isolation alive although no beat is acknowledged',
    without: 'silenceStopsIsolated',
    besides: null,
    world: 'embedded',
    family: 'isolated-owner-silent',
    seedsMax: 20,
  },
  {
    what: 'takes an owner whose watchdog must have ended it by now for stopped',
    without: 'expiredLeaseProvesNothing',
    besides: null,
    world: 'embedded',
    family: 'isolated-owner-stands-still',
    seedsMax: 20,
  },
  {
    what: 'lets a member with isolation start without the watchdog of its node',
    without: 'watchdogKeepsIsolated',
    besides: null,
    world: 'embedded',
    family: 'isolated-owner-silent',
    seedsMax: 20,
  },
  {
    what: 'leaves the generation of a name that says the right thing already',
    without: 'nameGenerationRises',
    besides: null,
    world: 'embedded',
    family: 'name-comes-late',
    seedsMax: 30,
  },
  {
    what: 'leaves a unit as a late request has changed it',
    without: 'unitsSetAgain',
    besides: null,
    world: 'aws',
    family: 'stop-is-late',
    seedsMax: 20,
  },
  {
    what: 'takes an operation over that another manager runs',
    without: 'operationLeaseWaitedOut',
    besides: null,
    world: 'embedded',
    family: null,
    seedsMax: 10,
  },
  {
    what: 'restarts a member whatever becomes of the others',
    without: 'othersReadyBeforeStop',
    besides: null,
    world: 'embedded',
    family: 'other-is-away',
    seedsMax: 10,
  },
  {
    what: 'asks for its permit once, and fences whom the backends name alone',
    without: 'permitPerAttempt',
    besides: 'holderTokenRecorded',
    world: 'swarm',
    family: 'mover-stands-still',
    seedsMax: 200,
  },
];

/** What a canary was noticed by. */
export interface Caught {
  /** The seed, from 1: so many were needed. */
  readonly seed: number;
  /** What was broken. */
  readonly message: string;
}

/** As `pnpm simulate` takes it, to see the canary die. */
export function argumentsOf(canary: Canary, count: number): readonly string[] {
  const { without, besides } = canary;
  const rules = besides === null ? [without] : [without, besides];
  return [...runsOf(canary, count), '--canary', rules.join(',')];
}

/** @returns the first seed that breaks a rule, and breaks none with the sentence put back in. */
export async function firstCaught(canary: Canary): Promise<Caught | null> {
  const { besides, world, seedsMax } = canary;
  const kept = besides === null ? [] : ['--canary', besides];
  const spoiled = new Runner(parseChoice(argumentsOf(canary, seedsMax)), world);
  const whole = new Runner(parseChoice([...runsOf(canary, seedsMax), ...kept]), world);
  for (let place = 0; place < seedsMax; place += 1) {
    const [failure] = await failuresAt(spoiled, place);
    if (failure === undefined || (await failuresAt(whole, place)).length > 0) continue;
    return { seed: place + 1, message: failure.message };
  }
  return null;
}

function runsOf({ world, family }: Canary, count: number): readonly string[] {
  const drawn = family === null ? [] : ['--family', family];
  return ['--world', world, ...drawn, '--count', String(count)];
}

async function failuresAt(runner: Runner, place: number): Promise<readonly Failure[]> {
  return (await runner.run({ from: place, to: place + 1 })).failures;
}
