import type { MemberRef } from '../../model/member-ref.ts';

/** As the agent's own: what the runtime asks before it starts a container and after it ended. */
export interface AgentRequest {
  readonly task: string;
  readonly member: MemberRef;
}

/** As the agent's own: what the runtime needs to start the program. */
export interface AgentAnswer {
  readonly name: string;
  readonly address: string;
  /** Folder by role. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly files: string;
  readonly secrets: string;
}

/** The program on a node, whichever it is. It has the shape of `createAgent`'s agent. */
export interface AgentProgram {
  /** Beats, adopts and cleans up until the signal fires. */
  run(signal: AbortSignal): Promise<void>;
  mount(request: AgentRequest, signal?: AbortSignal): Promise<AgentAnswer>;
  unmount(request: AgentRequest, signal?: AbortSignal): Promise<void>;
}
