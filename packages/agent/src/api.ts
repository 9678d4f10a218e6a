import type { MemberRef } from '@firecamp/core';

/** What the orchestrator's runtime asks before it starts a container. */
export interface MountRequest {
  readonly task: string;
  readonly member: MemberRef;
}

/** What the runtime needs to start the member's program. */
export interface MountAnswer {
  /** `<service>-<ordinal>`. */
  readonly name: string;
  /** The address that the member listens on. */
  readonly address: string;
  /** Folder by role. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly files: string;
  readonly secrets: string;
}

/** The program on a node, as the orchestrator's runtime sees it. */
export interface AgentApi {
  /**
   * Makes this node the member's owner and prepares all that its program needs. A repeat with the
   * same task goes on with the same move. The move outlives the request.
   *
   * @throws `UNAVAILABLE` - it is still moving after `answerMs`; ask again.
   * @throws `NOT_FOUND` - no such member.
   * @throws `FAILED_PRECONDITION` - the task is not this node's, another task has the member, or
   *   something stands in the way that only a proof or a person can take away.
   */
  mount(request: MountRequest, signal?: AbortSignal): Promise<MountAnswer>;

  /** After the task has ended: gives the member up in order. A repeat is fine. */
  unmount(request: MountRequest, signal?: AbortSignal): Promise<void>;
}
