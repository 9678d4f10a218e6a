import type { MemberRef } from '../../model/member-ref.ts';
import type { SimulatedNode } from './simulated-node.ts';

/** What the agent gave for a container to start with, as the world understands it. */
export interface ContainerMounts {
  /** Volume id by role: what really is at the paths that were handed out. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly address: string;
}

/**
 * One run of a member's program on a node. `created`: it may start at any time. `running`: its
 * process exists, perhaps stopped by a pause. `ended`: it has ended or can never start.
 */
export class Container {
  readonly task: string;
  readonly member: MemberRef;
  /** As `memberId`. */
  readonly memberId: string;
  readonly node: SimulatedNode;
  readonly bootId: string;
  state: 'created' | 'running' | 'ended' = 'created';
  /** Whether the agent has said what it may use. */
  answered = false;
  /** Whether the engine has copied into its volumes what the image has, or left that out. */
  copied = false;
  mounts: ContainerMounts | null = null;
  /** Until when the engine's watchdog leaves it alone, on its machine's lease clock. */
  keptUntilMs: number | null = null;

  constructor(task: string, member: MemberRef, memberId: string, node: SimulatedNode) {
    this.task = task;
    this.member = member;
    this.memberId = memberId;
    this.node = node;
    this.bootId = node.boot.id;
  }

  get running(): boolean {
    return this.state === 'running';
  }
}
