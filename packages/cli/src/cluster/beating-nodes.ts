import { FireCampError, type Manager } from '@firecamp/core';

/** The nodes that give signs of life, each in its newest boot; none while no backend answers. */
export async function beatingNodes(manager: Manager): Promise<ReadonlySet<string>> {
  try {
    const beating = (await manager.nodes()).items.filter(
      ({ beat, facts }) => beat?.state === 'beating' && beat.boot === facts?.boot,
    );
    return new Set(beating.map(({ id }) => id));
  } catch (error) {
    if (FireCampError.is(error, 'UNAVAILABLE')) return new Set();
    throw error;
  }
}
