import type { Volume, VolumeSnapshot, VolumeSpec } from '@firecamp/core';
import type { VolumeFixture } from '@firecamp/core/conformance';
import { brokenStore, effect, replaceStore } from './broken-volumes.ts';
import { effectMutants } from './generic-mutants.ts';
import { all, changed, fault, landsBy, type Mutant, type Mutants, onError } from './mutate.ts';

const MIB = 1_048_576;

type Broken = Mutant<VolumeFixture>;

function pretended(spec: VolumeSpec): Volume {
  return { ...spec, state: 'available' };
}

function pretendedSnapshot(id: string, volume: string): VolumeSnapshot {
  const tags = { cluster: '', service: '', member: '', operation: '' };
  return { id, volume, sizeBytes: MIB, tags, state: 'ready' };
}

function mendedId(id: string): string {
  return `a${id.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`.slice(0, 63);
}

const creates: Mutants<VolumeFixture> = {
  'volume.capabilities': brokenStore((store) => ({
    capabilities: { ...store.capabilities, volumeBytesMin: 1 },
  })),
  'volume.get.absent': brokenStore(() => ({
    get: async (next, id, call) => {
      const found = await next(id, call);
      if (found === null) throw fault('NOT_FOUND');
      return found;
    },
  })),
  'volume.create.read-back': brokenStore(() => ({
    get: async (next, id, call) => {
      const found = await next(id, call);
      return found === null ? null : { ...found, sizeBytes: found.sizeBytes - 1 };
    },
  })),
  'volume.create.taken': brokenStore((store) => ({
    create: (next, spec, options) =>
      onError(
        next(spec, options),
        'ALREADY_EXISTS',
        async () => (await store.get(spec.id)) ?? pretended(spec),
      ),
  })),
  'volume.create.other-operation': brokenStore((store) => ({
    create: async (next, spec, options) => {
      const found = await store.get(spec.id);
      const other = found !== null && found.tags.operation !== spec.tags.operation;
      if (other) throw fault('ALREADY_EXISTS');
      return next(spec, options);
    },
  })),
  'volume.create.rounded': brokenStore((store) => ({
    create: async (next, spec, options) => {
      const found = await store.get(spec.id);
      if (found !== null && found.sizeBytes !== spec.sizeBytes) throw fault('ALREADY_EXISTS');
      return next({ ...spec, sizeBytes: Math.ceil(spec.sizeBytes / MIB) * MIB }, options);
    },
  })),
  'volume.create.invalid': brokenStore(() => ({
    create: (next, spec, options) =>
      next({ ...spec, id: mendedId(spec.id), sizeBytes: MIB }, options),
    get: (next, id, call) => next(mendedId(id), call),
    remove: (next, id, options) => next(mendedId(id), options),
    holders: (next, id, call) => next(mendedId(id), call),
  })),
  'volume.create.longest-id': brokenStore(() => ({
    create: (next, spec, options) => next({ ...spec, id: spec.id.slice(0, 60) }, options),
    get: (next, id, call) => next(id.slice(0, 60), call),
  })),
  'volume.consistent.strong': brokenStore(() => {
    const seen = new Set<string>();
    return {
      get: async (next, id, call) => {
        const found = await next(id, call);
        if (found === null || seen.has(id)) return found;
        seen.add(id);
        return null;
      },
    };
  }),
  'volume.consistent.eventual': brokenStore(() => {
    let made = 0;
    return {
      create: async (next, spec, options) => {
        made += 1;
        // It looks whether the volume is there, sees nothing yet, and makes another one.
        return next({ ...spec, id: `${spec.id}-${made}` }, options);
      },
    };
  }),
};

const others: Mutants<VolumeFixture> = {
  'volume.list.filter': brokenStore(() => ({
    list: (next, { service, ...filter }, call) =>
      changed(next(filter, call), (volumes) =>
        volumes.filter(({ tags }) => tags.service.startsWith(service ?? '')),
      ),
  })),
  'volume.list.hides-removed': brokenStore((store) => {
    const removed: Volume[] = [];
    return {
      remove: async (next, id, options) => {
        const found = await store.get(id);
        if (found !== null) removed.push({ ...found, state: 'removing' });
        await next(id, options);
      },
      list: (next, filter, call) =>
        changed(next(filter, call), (volumes) => [...volumes, ...removed]),
    };
  }),
  'volume.remove.gone': brokenStore(() => ({
    remove: async (next, id, options) => {
      await next(id, options);
      await next(`${id}-2`, options);
    },
  })),
  'volume.remove.absent': brokenStore((store) => ({
    remove: async (next, id, options) => {
      if ((await store.get(id)) === null) throw fault('NOT_FOUND');
      await next(id, options);
    },
  })),
  'volume.remove.held': brokenStore(() => ({
    remove: (next, id, options) => onError(next(id, options), 'FAILED_PRECONDITION', () => {}),
  })),
  'volume.remove.late': landsBy(async ({ store, nodes }) => {
    for (const volume of await all(store.list({}))) {
      for (const { volumes } of nodes) await volumes.release({ id: volume.id }, effect);
      await store.remove(volume.id, effect);
    }
  }),
  'volume.holders.none': brokenStore((store) => ({
    holders: async (next, id, call) => {
      if ((await store.get(id)) === null) throw fault('NOT_FOUND');
      return next(id, call);
    },
  })),
  'volume.holders.acquired': brokenStore(() => ({
    holders: async (next, id, call) =>
      (await next(id, call)).map((holder) => ({ ...holder, node: `machine-of-${holder.node}` })),
  })),
  'volume.holders.foreign': brokenStore(() => ({
    holders: async (next, id, call) => (await next(id, call)).filter(({ node }) => node !== null),
  })),
};

const optional: Mutants<VolumeFixture> = {
  'volume.resize.grows': brokenStore((store) => ({
    resize: async (_next, id, sizeBytes) => {
      const found = await store.get(id);
      if (found === null) throw fault('NOT_FOUND');
      return { ...found, sizeBytes };
    },
  })),
  'volume.resize.shrink': brokenStore((store) => ({
    resize: (next, id, sizeBytes, options) =>
      onError(next(id, sizeBytes, options), 'INVALID_ARGUMENT', async (error) => {
        const found = await store.get(id);
        if (found === null) throw error;
        return found;
      }),
  })),
  'volume.resize.absent': brokenStore((_store, fixture) => ({
    resize: (next, id, sizeBytes, options) =>
      onError(next(id, sizeBytes, options), 'NOT_FOUND', () =>
        pretended({ id, sizeBytes, zone: fixture.zone, tags: pretendedSnapshot(id, id).tags }),
      ),
  })),
  'volume.resize.unsupported': pretendsToResize(),
  'volume.snapshot.listed': brokenStore(() => ({
    listSnapshots: (next, _filter, call) => next({}, call),
  })),
  'volume.snapshot.taken': pretendsToSnapshot('ALREADY_EXISTS'),
  'volume.snapshot.absent': pretendsToSnapshot('NOT_FOUND'),
  'volume.restore.absent': restoresEmpty('NOT_FOUND'),
  'volume.restore.too-small': restoresEmpty('INVALID_ARGUMENT'),
  'volume.restore.taken': brokenStore((store) => ({
    restore: (next, snapshot, spec, options) =>
      onError(
        next(snapshot, spec, options),
        'ALREADY_EXISTS',
        async () => (await store.get(spec.id)) ?? pretended(spec),
      ),
  })),
  'volume.snapshot.removed': brokenStore(() => ({ removeSnapshot: async () => {} })),
  'volume.snapshot.remove-absent': brokenStore((store) => ({
    removeSnapshot: async (next, id, options) => {
      const found = (await all(store.listSnapshots({}))).some((snapshot) => snapshot.id === id);
      if (!found) throw fault('NOT_FOUND');
      await next(id, options);
    },
  })),
  'volume.snapshot.outlives': brokenStore((store) => ({
    remove: async (next, id, options) => {
      for (const snapshot of await all(store.listSnapshots({}))) {
        if (snapshot.volume === id) await store.removeSnapshot(snapshot.id, effect);
      }
      await next(id, options);
    },
  })),
  'volume.restore.content': brokenStore((store) => ({
    snapshot: async (next, volume, spec, options) => {
      await store.removeSnapshot(spec.id, effect);
      return next(volume, spec, options);
    },
  })),
  'volume.snapshot.unsupported': brokenStore(() => ({ listSnapshots: async function* () {} })),
};

function pretendsToResize(): Broken {
  return brokenStore((store) => ({
    resize: async (_next, id) => {
      const found = await store.get(id);
      if (found === null) throw fault('NOT_FOUND');
      return found;
    },
  }));
}

function pretendsToSnapshot(code: 'ALREADY_EXISTS' | 'NOT_FOUND'): Broken {
  return brokenStore(() => ({
    snapshot: (next, volume, spec, options) =>
      onError(next(volume, spec, options), code, () => pretendedSnapshot(spec.id, volume)),
  }));
}

/** Where there is nothing that could be restored, an empty volume is made. */
function restoresEmpty(code: 'NOT_FOUND' | 'INVALID_ARGUMENT'): Broken {
  return brokenStore((store) => ({
    restore: (next, snapshot, spec, options) =>
      onError(next(snapshot, spec, options), code, () => store.create(spec, effect)),
  }));
}

export const volumeMutants: Mutants<VolumeFixture> = {
  ...creates,
  ...others,
  ...optional,
  ...effectMutants('volume', replaceStore),
};
