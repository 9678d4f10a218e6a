import {
  type AdapterDefinition,
  type AdapterHost,
  defineAdapter,
  type Instrumented,
  Names,
  type NamesCapabilities,
} from '@firecamp/core';
import { guardNames } from '@firecamp/core/layers';
import type { FileWire } from '@firecamp/files';
import { FaultWire, wireInstruments } from '@firecamp/files/faults';
import { startDnsServer } from './dns-server.ts';
import { LocalNames, namesCapabilities } from './local-names.ts';
import { type LocalNamesOptions, parseNamesOptions } from './names-options.ts';

/** Names that a server of this machine answers for; managers and agents change them alike. */
export const localNames: AdapterDefinition<Names, Names, LocalNamesOptions, NamesCapabilities> =
  defineAdapter({
    name: 'local-dns',
    provides: { control: Names, node: Names },
    capabilities: namesCapabilities,
    parse: parseNamesOptions,
    control: (options) => createLocalNames(options),
    node: (options) => createLocalNames(options),
    host: hostOf,
    instrumented,
  });

/** Both halves of {@link localNames}. @param wire - between them and their files. */
export function createLocalNames(
  options: Pick<LocalNamesOptions, 'folder' | 'zone'>,
  wire?: FileWire,
): Names {
  return guardNames(new LocalNames(options, wire));
}

function instrumented(options: LocalNamesOptions): Instrumented<Names, Names> {
  const wire = new FaultWire();
  const make = (): Names => createLocalNames(options, wire);
  return { control: make, node: make, instruments: wireInstruments(wire) };
}

/** Runs the server; `run` rejects as {@link startDnsServer}, and when it fails while it serves. */
function hostOf(options: LocalNamesOptions): AdapterHost {
  const closed = new AbortController();
  return {
    run: async (signal) => {
      const ended = AbortSignal.any([signal, closed.signal]);
      if (ended.aborted) return;
      await using server = await startDnsServer(options);
      const { promise, resolve } = Promise.withResolvers<void>();
      ended.addEventListener('abort', () => resolve(), { once: true });
      if (ended.aborted) resolve();
      await Promise.race([promise, server.failed]);
    },
    [Symbol.asyncDispose]: async () => closed.abort(),
  };
}
