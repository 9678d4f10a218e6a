import { callRpc } from '@firecamp/wire';
import type { AgentApi, MountAnswer, MountRequest } from '../api.ts';
import { readMountAnswer } from './messages.ts';

/** An agent answers a mount within `answerMs`, which is less than two minutes. */
const MOUNT_MS_MAX = 130_000;
const UNMOUNT_MS_MAX = 60_000;

/**
 * An agent behind its unix socket.
 *
 * Every method may also reject with `UNAVAILABLE` (no agent answers there) and `UNKNOWN_OUTCOME`
 * (the answer is missing: ask again, which does no harm).
 */
export function agentClient(socket: string): AgentApi {
  const ask = (
    method: string,
    request: MountRequest,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<unknown> => callRpc({ socket, method, timeoutMs, effect: true, signal }, request);
  return {
    mount: async (request, signal): Promise<MountAnswer> =>
      readMountAnswer(await ask('mount', request, { timeoutMs: MOUNT_MS_MAX, signal })),
    unmount: async (request, signal) => {
      await ask('unmount', request, { timeoutMs: UNMOUNT_MS_MAX, signal });
    },
  };
}
