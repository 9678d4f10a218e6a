import type { CallCounts } from './compare.ts';

/** Who answers, by the beginnings of the names of requests. In this order a table shows them. */
const BACKENDS: Readonly<Record<string, readonly string[]>> = {
  database: ['database.'],
  volumes: ['volumes.', 'ebs.'],
  addresses: ['addresses.'],
  names: ['names.', 'route53.'],
  orchestrator: ['orchestrator.'],
  fencers: ['fencer.', 'blocklist.'],
  secrets: ['secrets.'],
  'own node': ['node.', 'addresses.metadata'],
};

/** What a cloud bills and bounds, apart from database and orchestrator. */
export const CLOUD: readonly string[] = ['volumes', 'addresses', 'names', 'fencers'];

/** The longest beginning decides. @throws TypeError - a request that nobody is known to answer. */
export function backendOf(request: string): string {
  let found: readonly [string, string] = ['', ''];
  for (const [backend, beginnings] of Object.entries(BACKENDS)) {
    for (const beginning of beginnings) {
      if (request.startsWith(beginning) && beginning.length > found[1].length) {
        found = [backend, beginning];
      }
    }
  }
  if (found[0] === '') throw new TypeError(`nobody is known to answer ${request}`);
  return found[0];
}

export function backendNames(): readonly string[] {
  return Object.keys(BACKENDS);
}

/** @throws Error - no such operation: 0 would pass for a kept budget. */
export function sumOf(counts: CallCounts | undefined, backends: readonly string[]): number {
  if (counts === undefined) throw new Error('an operation is not counted');
  return Object.entries(counts)
    .filter(([request]) => backends.includes(backendOf(request)))
    .reduce((total, [, count]) => total + count, 0);
}
