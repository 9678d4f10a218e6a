import type { Acquired } from '@firecamp/core';
import type { VolumeFixture } from '@firecamp/core/conformance';
import { brokenNodes, effect, replaceNodes } from './broken-volumes.ts';
import { effectMutants } from './generic-mutants.ts';
import { all, fault, landsBy, type Mutant, type Mutants, onError } from './mutate.ts';

type Broken = Mutant<VolumeFixture>;

function pretended(volume: string, node: string): Acquired {
  const holder = { node, token: 'pretended', writable: true };
  return { volume, kind: 'block', path: `/dev/${volume}`, holder };
}

/** Where the backend refuses, it says that it is done. */
function pretends(code: Parameters<typeof fault>[0]): Broken {
  return brokenNodes(() => ({
    acquire: (next, volume, self, options) =>
      onError(next(volume, self, options), code, () => pretended(volume.id, self.id)),
  }));
}

/** As a backend that moves an attached volume without a word. */
const steals: Broken = brokenNodes((side, { nodes }) => ({
  acquire: (next, volume, self, options) =>
    onError(next(volume, self, options), 'FAILED_PRECONDITION', async () => {
      for (const other of nodes) {
        if (other.facts.id !== side.facts.id) await other.volumes.release(volume, effect);
      }
      return next(volume, self, options);
    }),
}));

function mended(id: string): string {
  return `a${id.toLowerCase().replaceAll(/[^a-z0-9]/g, '')}`.slice(0, 63);
}

export const volumeNodeMutants: Mutants<VolumeFixture> = {
  'acquire.capabilities': brokenNodes(({ volumes }) => ({
    capabilities: { ...volumes.capabilities, volumeBytesMin: 1 },
  })),
  'acquire.reachable': brokenNodes(() => ({
    acquired: async function* (next, call) {
      for await (const one of next(call)) yield { ...one, path: '/dev/sdf' };
    },
  })),
  'acquire.absent': pretends('NOT_FOUND'),
  'acquire.invalid': brokenNodes(() => ({
    acquire: (next, { id }, self, options) => next({ id: mended(id) }, self, options),
    release: (next, { id }, options) => next({ id: mended(id) }, options),
  })),
  'acquire.foreign-holder': steals,
  'acquire.two-nodes': steals,
  'acquire.again': brokenNodes(() => ({
    acquire: async (next, volume, self, options) => {
      const acquired = await next(volume, self, options);
      return { ...acquired, holder: { ...acquired.holder, token: self.id } };
    },
  })),
  'acquire.fenced': brokenNodes(() => {
    const first = new Map<string, Acquired>();
    return {
      // It keeps what it was given, and never asks whether that still stands.
      acquire: async (next, volume, self, options) => {
        const known = first.get(volume.id) ?? (await next(volume, self, options));
        first.set(volume.id, known);
        return known;
      },
    };
  }),
  'acquire.limit': pretends('EXHAUSTED'),
  'acquire.moves': brokenNodes((side, { nodes, instruments }) => ({
    acquire: async (next, volume, self, options) => {
      const acquired = await next(volume, self, options);
      // On the second node it takes the volume for a new one.
      if (side.facts.id === nodes[1].facts.id) await instruments.writeMark?.(volume.id, '');
      return acquired;
    },
  })),
  'acquire.other-zone': pretends('FAILED_PRECONDITION'),
  'acquire.any-zone': brokenNodes((side) => ({
    acquire: async (next, volume, self, options) => {
      if (self.zone !== side.facts.zone) throw fault('FAILED_PRECONDITION');
      return next(volume, self, options);
    },
  })),
  'acquire.not-movable': pretends('FAILED_PRECONDITION'),
  'acquire.unsupported': pretends('UNSUPPORTED'),
  'acquire.late': landsBy(async ({ store, nodes: [first, second] }) => {
    for (const { id } of await all(store.list({}))) {
      await second.volumes.release({ id }, effect);
      await first.volumes.acquire({ id }, first.facts, effect);
    }
  }),
  'release.late': landsBy(async ({ store, nodes: [{ volumes }] }) => {
    for (const { id } of await all(store.list({}))) await volumes.release({ id }, effect);
  }),
  'release.gone': brokenNodes(() => ({ release: async () => {} })),
  'release.not-held': brokenNodes((_side, { nodes }) => ({
    release: async (_next, volume) => {
      for (const { volumes } of nodes) await volumes.release(volume, effect);
    },
  })),
  'release.in-use': brokenNodes(() => ({
    release: (next, volume, options) =>
      onError(next(volume, options), 'FAILED_PRECONDITION', () => {}),
  })),
  'acquired.own': brokenNodes((_side, { nodes }) => ({
    acquired: async function* () {
      for (const { volumes } of nodes) yield* await all(volumes.acquired());
    },
  })),
  'limits.counts': brokenNodes(() => ({
    limits: async (next, call) => ({ ...(await next(call)), used: 0 }),
  })),
  ...effectMutants('volume-node', replaceNodes),
};
