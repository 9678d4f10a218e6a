import type {
  AddressNode,
  AddressPool,
  Clock,
  Database,
  EventSink,
  Fencer,
  MemberRecord,
  Mounts,
  Names,
  NodeFacts,
  NodeRuntime,
  ProtocolRules,
  Random,
  Timing,
  VolumeNode,
} from '@firecamp/core';
import type { AgentApi, MountRequest } from './api.ts';
import type { MemberCare } from './member-care.ts';

/** All that an agent is made from. It reaches nothing else: no clock, no chance, no machine. */
export interface AgentParts {
  /** This node, this boot and this start of the agent. The agent registers it. */
  readonly facts: NodeFacts;
  /** Whether a new boot id of this machine proves that the boot before has ended. */
  readonly bootsExclusive: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly timing: Timing;
  readonly database: Database;
  /** Null where members have no volumes, or where the orchestrator binds them. */
  readonly volumes: VolumeNode | null;
  readonly mounts: Mounts;
  /** Null where the deployment has no names. */
  readonly names: Names | null;
  /** Null where no member has a static address. */
  readonly pool: AddressPool | null;
  readonly addresses: AddressNode | null;
  /** Those that agents may load (`by: 'peer'`), in the order in which they are tried. */
  readonly fencers: readonly Fencer[];
  readonly runtime: NodeRuntime;
  readonly care: MemberCare;
  readonly events: EventSink;
  /** All rules of the protocol; left out: on. Only the simulator gives others. */
  readonly rules?: ProtocolRules;
}

/** One member as its agent sees it. */
export interface AgentMember {
  /** `<service uid>/<ordinal>`. */
  readonly member: string;
  readonly name: string;
  readonly generation: number;
  readonly phase: MemberRecord['phase'];
  /** Whether this incarnation of the agent owns it. */
  readonly owned: boolean;
  /** The task of this node that waits for it or runs as it; empty where there is none. */
  readonly task: string;
  readonly ready: boolean;
  readonly role: string;
  /** What stands in the way, for people; empty when nothing does. */
  readonly waiting: string;
}

/** What the agent would say of itself: for people and metrics. */
export interface AgentStatus {
  readonly node: string;
  readonly boot: string;
  readonly incarnation: string;
  /** `starting`: no beat of this incarnation was acknowledged yet. `ended`: it will not beat again. */
  readonly state: 'starting' | 'beating' | 'returning' | 'ended';
  /** Of the last beat that was acknowledged; 0 before the first. */
  readonly seq: number;
  /** Since the last acknowledged beat, in ms; null before the first. */
  readonly beatAgeMs: number | null;
  /** Why the last beat failed; empty when it did not. */
  readonly beatError: string;
  readonly members: readonly AgentMember[];
}

/** The program on a node: ownership for the members whose tasks are placed on it. */
export interface Agent extends AgentApi {
  /**
   * Recovers what the kernel shows, beats, watches and cleans up until the signal fires. Ending it
   * stops no member: the next incarnation adopts them.
   *
   * @throws `ABORTED` - this boot is recorded as gone, or another incarnation beats for the node;
   *   what ran here was stopped first, as far as it could be.
   */
  run(signal: AbortSignal): Promise<void>;

  /** Before a task is told to end in order: the recipe's own preparation. Failing is fine. */
  beforeStop(request: MountRequest, signal?: AbortSignal): Promise<void>;

  status(): AgentStatus;
}
