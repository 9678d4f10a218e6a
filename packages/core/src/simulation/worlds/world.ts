import type { ManagerParts } from '../../manager/parts.ts';
import type { AddressBackend } from '../doubles/address-control.ts';
import type { DatabaseBackend } from '../doubles/database.ts';
import type { MachinePower, TreePower } from '../doubles/power-fencer.ts';
import type { SchedulingBackend } from '../doubles/scheduling.ts';
import type { VolumeBackend } from '../doubles/volume-control.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { BucketRule } from '../network/buckets.ts';
import type { Links } from '../network/links.ts';
import type { Port } from '../network/port.ts';
import type { Container } from '../node/container.ts';
import type { EngineTemper } from '../node/engine.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Knobs } from './knobs.ts';
import type { SimulatedAgentParts } from './programs.ts';

/** What a deployment's backends are made in. */
export interface Surroundings {
  readonly kernel: Kernel;
  readonly links: Links;
  readonly seed: number;
  readonly nodes: ReadonlyMap<string, SimulatedNode>;
  readonly cluster: string;
  readonly knobs: Knobs;
  readonly scheduling: SchedulingBackend;
  /** Takes the power from a node, as a fencer may. */
  readonly powerOff: (node: SimulatedNode) => void;
  /** Tells that a fencer is called, before anything is sent: is that due? */
  readonly fenceCalled: (node: SimulatedNode, bootId: string) => void;
  /** Tells that a node's kernel has mounted a volume. */
  readonly mounted: (node: SimulatedNode, volume: string) => void;
  /** Tells that an agent asks its node's kernel to unmount a volume. */
  readonly unmountAsked: (node: SimulatedNode, volume: string) => void;
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
  readonly volumes: VolumeBackend;
  readonly addresses: AddressBackend;
  /** What ends whole nodes, whether or not a fencer of this run may. */
  readonly power: MachinePower | TreePower;
  /** Whether a fencer stops whole nodes; without, some members wait for a person. */
  readonly fencesNodes: boolean;
  agent(port: Port, node: SimulatedNode): AgentSeams;
  manager(port: Port): ManagerSeams;
  /** Whether what is mounted on the node reaches the volume now, or will when the node goes on. */
  reaches(node: SimulatedNode, volume: string): boolean;
  /** Whether a running container can still act as its member: write, or be reached. */
  acts(container: Container): boolean;
  /** Whether a node answers for an address now, or will when it goes on. */
  answers(node: SimulatedNode, ip: string): boolean;
  /** Whether the address leads to this node, as clients see it. */
  leads(ip: string, node: SimulatedNode): boolean;
  /** What a name points to; null where it is not there. */
  lookUp(name: string): readonly string[] | null;
  /** What is left of a service in the backends, apart from records: for the end of a run. */
  leftOvers(service: string): readonly string[];
}

/** A kind of deployment, of which a run makes one. */
export interface WorldKind {
  readonly name: string;
  /** Whether a unit must stay in its member's zone. */
  readonly zoneBound: boolean;
  /** Whether the orchestrator knows that a node has ended for good. */
  readonly knowsEnds: boolean;
  /** Whether a mount alone writes, as a journal does when it is replayed. */
  readonly mountsWrite: boolean;
  /** Whether a node answers for an address because it is configured, not because one listens. */
  readonly addressesConfigured: boolean;
  /** Whether a volume that a running kernel has mounted can only be freed by stopping it. */
  readonly detachNeedsNode: boolean;
  readonly engine: EngineTemper;
  /** How many requests the backends take. */
  readonly quotas: (knobs: Knobs) => readonly BucketRule[];
  /** Whether container engines are programs of their own, which may crash without their node. */
  readonly enginesCrash: boolean;
  deploy(surroundings: Surroundings): Deployment;
}
