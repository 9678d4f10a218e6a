import type { Mounted, Mounts } from '@firecamp/core';
import type { MountsFixture } from '@firecamp/core/conformance';
import { dropsSignal } from './generic-mutants.ts';
import {
  fault,
  intercept,
  type Mutant,
  type Mutants,
  type Overrides,
  onError,
  override,
} from './mutate.ts';

/** The agent's mounts and those of the agents after it, broken alike. */
const broken =
  (make: (fixture: MountsFixture) => Overrides<Mounts>): Mutant<MountsFixture> =>
  (fixture) => {
    const overrides = make(fixture);
    return {
      ...fixture,
      mounts: override(fixture.mounts, overrides),
      restarted: () => override(fixture.restarted(), overrides),
    };
  };

const pretendsToFormat = broken(() => ({
  format: (next, acquired, fsUuid, call) =>
    onError(next(acquired, fsUuid, call), 'FAILED_PRECONDITION', () => {}),
}));

/** Mounts whatever stands there. */
const mountsAnything = broken(() => ({
  mount: (next, acquired, fsUuid, call) =>
    onError(next(acquired, fsUuid, call), 'CORRUPT', () => ({
      volume: acquired.volume,
      path: '/mnt',
      fsUuid,
    })),
}));

export const mountsMutants: Mutants<MountsFixture> = {
  'mounts.inspect.empty': broken(() => ({
    inspect: async (next, acquired, call) => {
      const content = await next(acquired, call);
      return content.kind === 'empty' ? { kind: 'unknown', why: 'broken' } : content;
    },
  })),
  'mounts.format.shown': broken(() => ({ format: async () => {} })),
  'mounts.format.repeat': broken(({ instruments }) => ({
    format: async (next, acquired, fsUuid, call) => {
      await next(acquired, fsUuid, call);
      await instruments.writeMark?.(acquired.volume, '');
    },
  })),
  'mounts.format.other-uuid': pretendsToFormat,
  'mounts.format.unknown': broken(() => ({
    inspect: async (next, acquired, call) => {
      const content = await next(acquired, call);
      // An inference from a failed probe.
      return content.kind === 'unknown' ? { kind: 'empty' } : content;
    },
  })),
  'mounts.format.cut-off': pretendsToFormat,
  'mounts.mount.listed': (fixture) => {
    const mounted = new Map<string, Mounted>();
    // What this agent has mounted, from its own memory, which the next one does not have.
    const remembers: Overrides<Mounts> = {
      mount: async (next, acquired, fsUuid, call) => {
        const made = await next(acquired, fsUuid, call);
        mounted.set(made.volume, made);
        return made;
      },
      mounted: async function* () {
        yield* mounted.values();
      },
    };
    return {
      ...fixture,
      mounts: override(fixture.mounts, remembers),
      restarted: () => override(fixture.restarted(), { mounted: async function* () {} }),
    };
  },
  'mounts.mount.repeat': broken(() => {
    let count = 0;
    return {
      mount: async (next, acquired, fsUuid, call) => {
        count += 1;
        return { ...(await next(acquired, fsUuid, call)), path: `/mnt/${count}` };
      },
    };
  }),
  'mounts.mount.other-uuid': mountsAnything,
  'mounts.mount.unformatted': mountsAnything,
  'mounts.unmount.gone': broken(() => ({ unmount: async () => {} })),
  'mounts.unmount.repeat': broken(({ restarted }) => ({
    unmount: async (next, volume, call) => {
      for await (const one of restarted().mounted()) {
        if (one.volume === volume) return next(volume, call);
      }
      throw fault('NOT_FOUND');
    },
  })),
  'mounts.unmount.in-use': broken(() => ({
    unmount: (next, volume, call) => onError(next(volume, call), 'FAILED_PRECONDITION', () => {}),
  })),
  'mounts.abort.before': (fixture) => ({
    ...fixture,
    mounts: intercept(fixture.mounts, dropsSignal),
  }),
};
