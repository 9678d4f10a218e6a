import { FireCampError } from '../../error.ts';
import type { JsonObject } from '../../json.ts';
import type { ServiceRecord } from '../../model/service.ts';
import type { Catalog, WantedMember, WantedService } from '../../plan/wanted.ts';

/** The one recipe of simulated services. */
export const RECIPE = 'simulated';

const ROLES = ['data', 'journal'] as const;
/** Services of so many volumes restart the leader first, and two others side by side. */
const BOLD = 1;
const GRACE_MS = 1_500;

/** A recipe whose members write records to as many volumes as its spec says: 0, 1 or 2. */
export const SIMULATED_CATALOG: Catalog = {
  recipes: [RECIPE],
  parse: (recipe, spec) => {
    const volumes = (spec as JsonObject | null)?.['volumes'];
    if (recipe !== RECIPE || typeof volumes !== 'number' || !(volumes in [0, 1, 2])) {
      throw new FireCampError('INVALID_ARGUMENT', 'volumes is 0, 1 or 2', {
        operation: 'Catalog.parse',
        subject: { key: 'volumes' },
      });
    }
    const stopAfterMs = (spec as JsonObject)['stopAfterMs'];
    return typeof stopAfterMs === 'number' ? { volumes, stopAfterMs } : { volumes };
  },
  wanted,
};

function wanted(service: ServiceRecord): WantedService {
  const count = Number(service.spec['volumes']);
  const stopAfterMs = service.spec['stopAfterMs'];
  const member = (ordinal: number): WantedMember => ({
    ordinal,
    program: {
      image: null,
      command: ['write-records'],
      environment: {},
      stopSignal: 'SIGTERM',
      graceMs: GRACE_MS,
    },
    ports: [],
    volumes: ROLES.slice(0, count).map((role) => ({ role, sizeBytes: 1_048_576 })),
    memoryBytesMax: null,
    cpuMillisMax: null,
  });
  return {
    members: Array.from({ length: service.members }, (_, ordinal) => member(ordinal)),
    secrets: [],
    startOrder: 'parallel',
    ...(count === BOLD
      ? { restartOrder: 'leader-first', unavailableMax: 2 }
      : { unavailableMax: 1 }),
    ...(typeof stopAfterMs === 'number' ? { isolation: { stopAfterMs } } : {}),
  };
}
