import type { Recipes } from '@firecamp/catalog';
import type { Adapters, Configuration } from '@firecamp/compose';
import type { Manager, Orchestrator, SecretStore, VolumeStore } from '@firecamp/core';
import type { DnsAddress } from '@firecamp/dns-local';

/** A cluster that a command works on. Closing it lets go of the database, and of nothing else. */
export interface Cluster extends AsyncDisposable {
  readonly configuration: Configuration;
  readonly adapters: Adapters;
  readonly manager: Manager;
  readonly orchestrator: Orchestrator;
  readonly secrets: SecretStore;
  readonly volumes: VolumeStore;
  readonly catalog: Recipes;
  /** The server of the cluster's own names; null where others answer for them. */
  readonly dns: DnsAddress | null;
  /** Whether a daemon answers, which carries operations out whoever goes away. */
  readonly daemon: boolean;
}
