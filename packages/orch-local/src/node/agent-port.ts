import type { MemberRef } from '@firecamp/core';
import { callRpc } from '@firecamp/wire';
import { z } from 'zod';
import { check } from '../protocol.ts';

/** An agent answers a mount within this, the move going on behind it; then it is asked again. */
const MOUNT_MS_MAX = 130_000;
const UNMOUNT_MS_MAX = 60_000;

/** What the agent prepared for a member's program. */
export interface Prepared {
  readonly name: string;
  readonly address: string;
  /** Folder by role. */
  readonly volumes: Readonly<Record<string, string>>;
  readonly files: string;
  readonly secrets: string;
}

const preparedSchema: z.ZodType<Prepared> = z.object({
  name: z.string(),
  address: z.string(),
  volumes: z.record(z.string(), z.string().startsWith('/')),
  files: z.string().startsWith('/'),
  secrets: z.string().startsWith('/'),
});

/** Which task of which member. */
export interface MemberTask {
  readonly task: string;
  readonly member: MemberRef;
}

/** The node's agent, as far as its runtime asks it. */
export class AgentPort {
  readonly #socket: string;

  constructor(socket: string) {
    this.#socket = socket;
  }

  /** Before each start of a member's program. @throws what the agent answers. */
  async mount(request: MemberTask, signal: AbortSignal): Promise<Prepared> {
    const answer = await this.#ask('mount', request, MOUNT_MS_MAX, signal);
    return check(preparedSchema, answer, 'agent.mount');
  }

  /** Before a member's program is told to end. */
  async beforeStop(request: MemberTask, timeoutMs: number): Promise<void> {
    await this.#ask('before-stop', request, timeoutMs);
  }

  /** After a member's task has ended for good. */
  async unmount(request: MemberTask): Promise<void> {
    await this.#ask('unmount', request, UNMOUNT_MS_MAX);
  }

  #ask(method: string, input: MemberTask, timeoutMs: number, signal?: AbortSignal) {
    const target = { socket: this.#socket, method, timeoutMs, effect: true, signal };
    return callRpc(target, input);
  }
}
