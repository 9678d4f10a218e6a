import type { Clock, Random } from '../../clock.ts';
import type { Database } from '../../database/database.ts';
import type { EventSink } from '../../event.ts';
import type { Fencer } from '../../fence/fencer.ts';
import type { Manager } from '../../manager/manager.ts';
import type { ManagerParts } from '../../manager/parts.ts';
import type { NodeFacts } from '../../model/node.ts';
import type { Timing } from '../../model/timing.ts';
import type { NodeRuntime } from '../../orchestrator/orchestrator.ts';
import type { AddressNode, AddressPool } from '../../registry/addresses.ts';
import type { Names } from '../../registry/names.ts';
import type { Mounts } from '../../volume/mounts.ts';
import type { VolumeNode } from '../../volume/volume-node.ts';
import type { AgentProgram } from '../node/agent-port.ts';

/** Of what the world makes an agent: the parts of `createAgent`, but for the recipes. */
export interface SimulatedAgentParts {
  readonly facts: NodeFacts;
  readonly bootsExclusive: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  readonly database: Database;
  readonly volumes: VolumeNode | null;
  readonly mounts: Mounts;
  readonly names: Names | null;
  readonly pool: AddressPool | null;
  readonly addresses: AddressNode | null;
  readonly fencers: readonly Fencer[];
  readonly runtime: NodeRuntime;
  readonly events: EventSink;
}

/** The programs under test: they get their parts and know nothing of the simulation. */
export interface Programs {
  /** Made anew for each start of a node's agent. */
  readonly agent: (parts: SimulatedAgentParts) => AgentProgram;
  /** Made anew for each start of a manager, and for each person who asks for something. */
  readonly manager: (parts: ManagerParts) => Pick<Manager, 'run'> & UserRequests;
}

/** What a person asks of a manager. */
export type UserRequests = Pick<
  Manager,
  'create' | 'delete' | 'start' | 'stop' | 'restart' | 'order' | 'follow' | 'services'
>;
