import type { WantedMember } from '@firecamp/core';
import type { Recipe } from '../recipe.ts';
import { bytes, fields, integer, otherwise } from '../spec.ts';
import { askTally } from './tally-client.ts';
import { tallyCommand } from './tally-command.ts';

/** What may be said of a counter. */
export type CounterSpec = { readonly port: number; readonly volumeBytes: number };

const MIB = 2 ** 20;
const read = fields({
  port: otherwise(integer(1024, 65_535), 7000),
  volumeBytes: otherwise(bytes(MIB, 2 ** 40), 16 * MIB),
});

/**
 * Members that know nothing of each other: each appends numbered lines with checksums to its
 * volume. Has only the hooks that every recipe must have.
 */
export const counter: Recipe<CounterSpec> = {
  name: 'counter',
  summary: 'for tests: members that count on their own volumes',
  proven: 'by its own tests',
  membersMin: 1,
  membersMax: 1000,
  parse: (input) => read(input, ''),
  wanted: (spec, members) => ({
    members: Array.from({ length: members }, (_, ordinal) => wantedMember(spec, ordinal)),
    secrets: [],
    startOrder: 'parallel',
    unavailableMax: 2,
  }),
  files: () => [],
  hooks: {
    ready: async ({ facts, signal }) => {
      await askTally(facts.address, facts.spec.port, 'count', signal);
      return { ready: true, message: '' };
    },
    role: async () => 'counter',
  },
};

function wantedMember(spec: CounterSpec, ordinal: number): WantedMember {
  return {
    ordinal,
    program: {
      image: null,
      command: tallyCommand(['data'], spec.port),
      environment: {},
      stopSignal: 'SIGTERM',
      graceMs: 5_000,
    },
    ports: [{ name: 'tally', port: spec.port, protocol: 'tcp' }],
    volumes: [{ role: 'data', sizeBytes: spec.volumeBytes }],
    memoryBytesMax: null,
    cpuMillisMax: null,
  };
}
