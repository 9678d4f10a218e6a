import { randomUUID } from 'node:crypto';
import type { AdapterContext } from '@firecamp/core';
import { localProcesses } from '@firecamp/orch-local';

// Serves the engine of the options in argv until it is told to end.

const options = localProcesses.parse(JSON.parse(process.argv[2] ?? ''));
const context: AdapterContext = {
  cluster: 'test',
  clock: {
    monotonicMs: () => performance.now(),
    leaseNowMs: () => performance.now(),
    wallNowMs: () => Date.now(),
    sleep: () => Promise.reject(new Error('nobody sleeps here')),
  },
  random: { next: () => Math.random(), id: () => randomUUID() },
  node: null,
  boot: null,
  stateFolder: options.state,
};

const end = new AbortController();
process.once('SIGTERM', () => end.abort());
await localProcesses.host?.(options, context).run(end.signal);
