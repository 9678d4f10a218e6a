import type { Database } from '@firecamp/core';
import {
  type Around,
  type Call,
  wrapAddresses,
  wrapAddressNode,
  wrapDatabase,
  wrapFencer,
  wrapMounts,
  wrapNames,
  wrapOrchestrator,
  wrapSecrets,
  wrapVolumeNode,
  wrapVolumes,
} from '@firecamp/core/layers';
import type { Programs } from '@firecamp/core/simulation';

/** How often each call was made, by `Interface.method`. */
export type CallCounts = Readonly<Record<string, number>>;

/** What stands for a cloud: a call of theirs is a request that is counted against a quota. */
const CLOUD = new Set(['VolumeStore', 'VolumeNode', 'AddressPool', 'Names']);

/** Asked again and again until something is so: how often is a matter of how long that takes. */
const POLLS = new Set(['VolumeNode.acquired', 'VolumeNode.holders', 'VolumeStore.holders']);

/**
 * Counts the calls that change something, and of the cloud's the reads too, but for polls. Reads of
 * the database and the orchestrator are left out: loops look as long as they wait.
 */
export class BackendCounter {
  readonly #counts = new Map<string, number>();

  readonly around: Around = {
    promise: (call, next) => {
      this.#count(call);
      return next();
    },
    iterate: (call, next) => {
      this.#count(call);
      return next();
    },
  };

  counts(): CallCounts {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #count(call: Call): void {
    const { kind, operation } = call;
    if (kind === 'reads' && (POLLS.has(operation) || !isCloud(operation))) return;
    const name = nameOf(call);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }
}

function isCloud(operation: string): boolean {
  return CLOUD.has(operation.slice(0, operation.indexOf('.')));
}

/** A write is named by its collections: a beat is not the same as a change of a member. */
function nameOf({ operation, subject }: Call): string {
  if (operation !== 'Database.write') return operation;
  const collections = subject.split(' ').map((key) => key.slice(0, key.indexOf('/')));
  return `${operation} ${[...new Set(collections)].sort().join('+')}`;
}

/** The programs that run in production, each change of theirs counted. */
export function countedPrograms(
  { agent, manager }: Programs,
  { around }: BackendCounter,
): Programs {
  const counted = (database: Database): Database => wrapDatabase(database, around);
  return {
    agent: (parts) =>
      agent({
        ...parts,
        database: counted(parts.database),
        volumes: parts.volumes && wrapVolumeNode(parts.volumes, around),
        mounts: wrapMounts(parts.mounts, around),
        names: parts.names && wrapNames(parts.names, around),
        pool: parts.pool && wrapAddresses(parts.pool, around),
        addresses: parts.addresses && wrapAddressNode(parts.addresses, around),
        fencers: parts.fencers.map((fencer) => wrapFencer(fencer, around)),
      }),
    // As much history as in production: a simulated run keeps next to none.
    manager: ({ history: _simulated, ...parts }) =>
      manager({
        ...parts,
        database: counted(parts.database),
        volumes: wrapVolumes(parts.volumes, around),
        names: parts.names && wrapNames(parts.names, around),
        addresses: parts.addresses && wrapAddresses(parts.addresses, around),
        orchestrator: wrapOrchestrator(parts.orchestrator, around),
        secrets: wrapSecrets(parts.secrets, around),
        fencers: parts.fencers.map((fencer) => wrapFencer(fencer, around)),
      }),
  };
}
