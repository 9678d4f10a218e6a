import type { ManagerParts } from '../../manager/parts.ts';
import type { Timing } from '../../model/timing.ts';
import type { DatabaseBackend } from '../doubles/database.ts';
import type { SchedulingBackend } from '../doubles/scheduling.ts';
import type { Port } from '../network/port.ts';
import type { Container } from '../node/container.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { VolumeData } from '../node/volume-data.ts';
import type { SimulatedAgentParts } from './programs.ts';

/** What a deployment's backends are made in. */
export interface Surroundings {
  readonly nodes: ReadonlyMap<string, SimulatedNode>;
  readonly cluster: string;
  readonly timing: Timing;
  /** Takes the power from a node, as a fencer may. */
  readonly powerOff: (node: SimulatedNode) => void;
  /** Tells that a fencer is called, before anything is sent: is that due? */
  readonly fenceCalled: (node: SimulatedNode, bootId: string) => void;
  readonly scheduling: SchedulingBackend;
}

/** What the world adds to a deployment's parts itself. */
type Common = 'clock' | 'random' | 'timing' | 'events';

/** The parts of an agent that a deployment gives. */
export type AgentSeams = Omit<SimulatedAgentParts, Common | 'runtime'>;

/** The parts of a manager that a deployment gives. */
export type ManagerSeams = Omit<ManagerParts, Common | 'id' | 'catalog'>;

/** All backends of one deployment, as they truly are, with the ways that programs reach them. */
export interface Deployment {
  readonly database: DatabaseBackend;
  agent(port: Port, node: SimulatedNode): AgentSeams;
  manager(port: Port): ManagerSeams;
  /** The data that a container can write to now under this volume's path; null if it cannot. */
  writable(container: Container, volume: string): VolumeData | null;
  /** Whether a running container can still act as its member: write, or be reached. */
  acts(container: Container): boolean;
  /** The data of a volume, whoever can reach it; null where there is no such volume. */
  data(volume: string): VolumeData | null;
  /** What is left of a service in the backends, apart from records: for the end of a run. */
  leftOvers(service: string): readonly string[];
  /** Whether the address leads to this node now. */
  leads(address: string, node: SimulatedNode): boolean;
  /** What a name points to; null where it is not there. */
  lookUp(name: string): readonly string[] | null;
}

/** A kind of deployment, of which a run makes one. */
export interface WorldKind {
  readonly name: string;
  /** Whether a unit must stay in its member's zone. */
  readonly zoneBound: boolean;
  /** Whether the orchestrator knows that a node has ended for good. */
  readonly knowsEnds: boolean;
  deploy(surroundings: Surroundings): Deployment;
}
