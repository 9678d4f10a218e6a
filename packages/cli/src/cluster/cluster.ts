import type { Adapters, Configuration } from '@firecamp/compose';
import type { Manager, Orchestrator } from '@firecamp/core';

/** A cluster that a command works on. Closing it lets go of the database, and of nothing else. */
export interface Cluster extends AsyncDisposable {
  readonly configuration: Configuration;
  readonly adapters: Adapters;
  readonly manager: Manager;
  readonly orchestrator: Orchestrator;
  /** Whether a daemon answers, which carries operations out whoever goes away. */
  readonly daemon: boolean;
}
