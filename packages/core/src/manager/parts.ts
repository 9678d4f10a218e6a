import type { Clock, Random } from '../clock.ts';
import type { Database } from '../database/database.ts';
import type { EventSink } from '../event.ts';
import type { Fencer } from '../fence/fencer.ts';
import type { Timing } from '../model/timing.ts';
import type { HistoryLimits } from '../operation/history-decision.ts';
import type { Orchestrator } from '../orchestrator/orchestrator.ts';
import type { ProtocolRules } from '../ownership/rules.ts';
import type { Catalog } from '../plan/wanted.ts';
import type { AddressPool } from '../registry/addresses.ts';
import type { Names } from '../registry/names.ts';
import type { SecretStore } from '../secret/secret-store.ts';
import type { VolumeStore } from '../volume/volume-store.ts';

/** All that a manager is made of. */
export interface ManagerParts {
  /** Unique among the managers that run at the same time. */
  readonly id: string;
  readonly cluster: string;
  /** The DNS domain of the cluster; null where there are no names. */
  readonly domain: string | null;
  readonly database: Database;
  readonly volumes: VolumeStore;
  readonly names: Names | null;
  readonly addresses: AddressPool | null;
  readonly orchestrator: Orchestrator;
  /** Tried in this order. */
  readonly fencers: readonly Fencer[];
  readonly secrets: SecretStore;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  readonly events: EventSink;
  /** How much is kept of operations that have ended; left out: {@link DEFAULT_HISTORY}. */
  readonly history?: HistoryLimits;
  /** All rules of the ownership protocol; left out: on. Only the simulator gives others. */
  readonly rules?: ProtocolRules;
}
