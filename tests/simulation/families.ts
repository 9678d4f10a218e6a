import { isolatedOwnerSilent, isolatedOwnerStandsStill } from './isolation-families.ts';
import {
  between,
  chance,
  cut,
  type Family,
  FOR_EVER_MS,
  oneMember,
  SERVICE,
} from './one-member.ts';

/** An owner is cut off, and comes back just when the claim of its successor is on its way. */
const claimIsLate: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 30_000,
    member: { volumes: 0, addressing: 'name' },
    nemesis: ['n1', 'n2', 'n3', 'n4'].map((target) => ({
      kind: 'lag',
      server: 'database',
      byMs: 2_400,
      target,
      atMs: 7_000,
      forMs: 20_000,
    })),
    ambushes: [
      {
        on: 'mounted',
        nth: 0,
        whom: 'owner',
        afterMs: between(seed, 1, [200, 3_000]),
        forMs: between(seed, 2, [7_000, 13_000]),
        harm: cut('*'),
      },
    ],
  });

/** An owner is cut off before a beat can list its member, and an order lets another claim it. */
const beatIsOld: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 25_000,
    member: { volumes: 0, addressing: 'name' },
    operations: Array.from({ length: 12 }, (_, index) => ({
      id: `move-${index + 1}`,
      kind: 'order',
      order: 'move',
      atMs: 3_500 + 700 * index,
      service: SERVICE,
      ordinal: 0,
    })),
    ambushes: [
      {
        on: 'mounted',
        nth: 0,
        whom: 'owner',
        afterMs: between(seed, 1, [50, 500]),
        forMs: 15_000,
        harm: cut('*'),
      },
    ],
  });

/** What a node lets go of hangs in its kernel for ever, while the node beats. */
const releaseHangs: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 20_000,
    member: { volumes: 1, addressing: 'name' },
    operations: [{ id: 'restart', kind: 'restart', atMs: 12_000, service: SERVICE, ordinal: null }],
    ambushes: [
      {
        on: 'releasing',
        nth: 0,
        whom: 'owner',
        afterMs: 0,
        forMs: FOR_EVER_MS,
        harm: { kind: 'hang', call: 'node.unmount' },
      },
    ],
  });

/** An attachment hangs at a node that restarts and beats, while another node wants the volume. */
const attachHangs: Family = (seed, world) => {
  const atOnce = { on: 'claimed', nth: 0, whom: 'owner' } as const;
  const afterMs = between(seed, 1, [10, 300]);
  return oneMember(seed, world, {
    safetyMs: 25_000,
    member: { volumes: 1, addressing: 'name' },
    knobs: { attachHangs: 0.7, sticky: 1, startMaxMs: FOR_EVER_MS },
    ambushes: [
      { ...atOnce, afterMs, forMs: between(seed, 2, [500, 2_500]), harm: { kind: 'kill' } },
      { ...atOnce, afterMs, forMs: 10_000, harm: cut('orchestrator') },
    ],
  });
};

/** A claimant dies before anybody could fence the owner that it displaced. */
const claimantDies: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 50_000,
    member: { volumes: 0, addressing: 'name' },
    nemesis: ['m1', 'm2'].map((target) => ({
      ...{ target, atMs: 6_000, forMs: 50_000 },
      ...cut('fencer'),
    })),
    ambushes: [
      {
        on: 'mounted',
        nth: 0,
        whom: 'owner',
        afterMs: between(seed, 1, [500, 3_000]),
        forMs: FOR_EVER_MS,
        harm: cut('*'),
      },
      {
        on: 'claimed',
        nth: 1,
        whom: 'owner',
        afterMs: between(seed, 2, [0, 1_000]),
        forMs: FOR_EVER_MS,
        harm: { kind: 'kill' },
      },
    ],
  });

/** An agent starts anew between its answer to the engine and the start of the container. */
const engineHangs: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 30_000,
    member: { volumes: 1, addressing: 'name' },
    knobs: { hang: { chance: 1, mostMs: 15_000 } },
    ambushes: [
      {
        on: 'mounted',
        nth: 0,
        whom: 'owner',
        afterMs: between(seed, 1, [50, 2_000]),
        forMs: 0,
        harm: { kind: 'crash' },
      },
    ],
  });

/** Devices cannot be read when a member that has written comes back. */
const deviceUnreadable: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 25_000,
    member: { volumes: 1, addressing: 'name' },
    operations: [{ id: 'restart', kind: 'restart', atMs: 10_000, service: SERVICE, ordinal: null }],
    nemesis: ['n1', 'n2', 'n3', 'n4'].map((target) => ({
      ...{ kind: 'blind', target, forMs: 8_000 },
      atMs: between(seed, 1, [8_000, 11_000]),
    })),
    ambushes: [],
  });

/** An owner stands still in the middle of its move, and goes on when another has moved it away. */
const moverStandsStill: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 45_000,
    member: { volumes: 1, addressing: chance(seed, 3) < 0.5 ? 'static' : 'name' },
    ambushes: [
      {
        on: 'claimed',
        nth: 0,
        whom: 'owner',
        afterMs: between(seed, 1, [1, 60]),
        forMs: between(seed, 2, [15_000, 30_000]),
        harm: { kind: 'pause' },
      },
    ],
  });

/** An agent starts anew in the middle of its move. */
const moverStartsAnew: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 30_000,
    member: { volumes: 1, addressing: chance(seed, 3) < 0.5 ? 'static' : 'name' },
    ambushes: [
      {
        ...{ on: 'claimed', nth: 0, whom: 'owner', forMs: 0 },
        afterMs: between(seed, 1, [1, 30]),
        harm: { kind: 'crash' },
      },
    ],
  });

/** An owner boots anew where no fencer of whole nodes could say that its boot before has ended. */
const ownerBoots: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 30_000,
    member: { volumes: 1, addressing: 'name' },
    knobs: { powerFencer: false },
    ambushes: [
      {
        ...{ on: 'mounted', nth: 0, whom: 'owner' },
        afterMs: between(seed, 1, [100, 5_000]),
        forMs: between(seed, 2, [1_000, 6_000]),
        harm: { kind: 'kill' },
      },
    ],
  });

/** An owner without its database loses its address when another has claimed the member. */
const addressGoesWhileSilent: Family = (seed, world) => {
  const afterMs = between(seed, 1, [500, 2_000]);
  const soon = { on: 'mounted', nth: 0, whom: 'owner', afterMs, forMs: 30_000 } as const;
  return oneMember(seed, world, {
    safetyMs: 40_000,
    member: { volumes: 1, addressing: 'static' },
    ambushes: [
      { ...soon, harm: cut('database') },
      { ...soon, harm: cut('orchestrator') },
      {
        ...{ on: 'claimed', nth: 1, whom: 'former', afterMs: 0, forMs: 0 },
        harm: { kind: 'lose-addresses' },
      },
    ],
  });
};

/** An order stands while an agent starts anew and adopts; then another node wants the member. */
const orderIsOld: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 40_000,
    member: { volumes: 0, addressing: 'name' },
    operations: [6_500, 8_000].map((atMs) => ({
      id: `move-${atMs}`,
      kind: 'order',
      order: 'move',
      atMs,
      service: SERVICE,
      ordinal: 0,
    })),
    nemesis: ['n1', 'n2', 'n3', 'n4'].map((target) => ({
      kind: 'crash',
      target,
      atMs: between(seed, 1, [10_000, 11_000]),
      forMs: 0,
    })),
    ambushes: [
      {
        on: 'mounted',
        nth: 0,
        whom: 'owner',
        afterMs: between(seed, 2, [11_500, 13_000]),
        forMs: 20_000,
        harm: cut('orchestrator'),
      },
    ],
  });

/** A name is changed back while the change in between, of an owner that died, is on its way. */
const nameComesLate: Family = (seed, world) => {
  const second = { on: 'claimed', nth: 1, whom: 'owner', forMs: FOR_EVER_MS } as const;
  return oneMember(seed, world, {
    safetyMs: 30_000,
    member: { volumes: 0, addressing: 'name' },
    ambushes: [
      {
        ...{ on: 'mounted', nth: 0, whom: 'owner', afterMs: 500 },
        forMs: between(seed, 1, [500, 1_500]),
        harm: { kind: 'kill' },
      },
      { ...second, afterMs: between(seed, 2, [50, 200]), harm: { kind: 'kill' } },
    ],
    faults: ['n1', 'n2', 'n3'].map((node) => ({
      ...{ process: `agent/${node}`, call: 'names.change', occurrence: 0, fault: 'delayed' },
    })),
  });
};

/** An owner is cut off, runs on, and is fenced: for longer than that stands, or until it is back. */
const fenceRunsOut: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 110_000,
    member: { volumes: 1, addressing: 'name' },
    ambushes: [
      {
        on: 'mounted',
        nth: 0,
        whom: 'owner',
        afterMs: between(seed, 1, [200, 3_000]),
        forMs: chance(seed, 2) < 0.5 ? FOR_EVER_MS : between(seed, 3, [16_000, 60_000]),
        harm: cut('*'),
      },
    ],
  });

/** A member is stopped and started again while a second copy of the stop is on its way. */
const stopIsLate: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 40_000,
    member: { volumes: 0, addressing: 'name' },
    operations: [
      { id: 'stop', kind: 'stop', atMs: 8_000, service: SERVICE },
      { id: 'start', kind: 'start', atMs: between(seed, 1, [9_000, 14_000]), service: SERVICE },
    ],
    ambushes: [],
    faults: ['person/stop', 'manager/m1', 'manager/m2'].map((process) => ({
      ...{ process, call: 'orchestrator.stop', occurrence: 0, fault: 'duplicated' },
    })),
  });

/** A member is to be restarted while the only other one is away, and no fencer can be reached. */
const otherIsAway: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 75_000,
    member: { volumes: 0, addressing: 'name' },
    members: 2,
    nemesis: ['m1', 'm2'].map((target) => ({
      ...{ target, atMs: 8_000, forMs: 70_000 },
      ...cut('fencer'),
    })),
    operations: [0, 1].map((ordinal) => ({
      id: `restart-${ordinal}`,
      kind: 'restart',
      atMs: between(seed, 1, [55_000, 60_000]),
      service: SERVICE,
      ordinal,
    })),
    ambushes: [
      {
        ...{ on: 'mounted', nth: 1, whom: 'owner' },
        afterMs: between(seed, 2, [8_000, 12_000]),
        forMs: chance(seed, 3) < 0.5 ? FOR_EVER_MS : between(seed, 4, [60_000, 70_000]),
        harm: cut('*'),
      },
    ],
  });

/** Every family by its name. */
export const FAMILIES: Readonly<Record<string, Family>> = {
  'claim-is-late': claimIsLate,
  'beat-is-old': beatIsOld,
  'name-comes-late': nameComesLate,
  'order-is-old': orderIsOld,
  'release-hangs': releaseHangs,
  'fence-runs-out': fenceRunsOut,
  'attach-hangs': attachHangs,
  'claimant-dies': claimantDies,
  'engine-hangs': engineHangs,
  'device-unreadable': deviceUnreadable,
  'mover-stands-still': moverStandsStill,
  'mover-starts-anew': moverStartsAnew,
  'owner-boots': ownerBoots,
  'stop-is-late': stopIsLate,
  'other-is-away': otherIsAway,
  'address-goes-while-silent': addressGoesWhileSilent,
  'isolated-owner-silent': isolatedOwnerSilent,
  'isolated-owner-stands-still': isolatedOwnerStandsStill,
};
