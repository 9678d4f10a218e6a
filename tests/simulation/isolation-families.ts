import { between, chance, cut, type Family, oneMember } from './one-member.ts';

/** An owner with isolation is cut off, or its agent stands still, and its program goes on. */
export const isolatedOwnerSilent: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 60_000,
    member: {
      volumes: chance(seed, 1) < 0.5 ? 0 : 1,
      addressing: chance(seed, 2) < 0.5 ? 'static' : 'name',
      stopAfterMs: Math.ceil(between(seed, 3, [8_000, 20_000])),
    },
    ambushes: [
      {
        ...{ on: 'mounted', nth: 0, whom: 'owner' },
        afterMs: between(seed, 4, [50, 6_000]),
        forMs: between(seed, 5, [15_000, 45_000]),
        harm: chance(seed, 6) < 0.5 ? { kind: 'freeze-program' } : cut('database'),
      },
    ],
  });

/** An owner with isolation stands still as a whole, its watchdog too, and no fencer reaches it. */
export const isolatedOwnerStandsStill: Family = (seed, world) =>
  oneMember(seed, world, {
    safetyMs: 80_000,
    member: { volumes: 0, addressing: 'name', stopAfterMs: 8_000 },
    nemesis: ['m1', 'm2'].map((target) => ({
      ...{ target, atMs: 3_000, forMs: 70_000 },
      ...cut('fencer'),
    })),
    ambushes: [
      {
        ...{ on: 'mounted', nth: 0, whom: 'owner' },
        afterMs: between(seed, 1, [50, 3_000]),
        forMs: between(seed, 2, [50_000, 65_000]),
        harm: { kind: chance(seed, 3) < 0.5 ? 'pause' : 'sleep' },
      },
    ],
  });
