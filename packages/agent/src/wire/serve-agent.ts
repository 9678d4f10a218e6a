import { serveRpc } from '@firecamp/wire';
import type { Agent } from '../parts.ts';
import { readMountRequest } from './messages.ts';
import { metricsText } from './metrics.ts';

/**
 * Serves the agent on a unix socket, to the node's runtime and to people: `POST /v1/mount`,
 * `/v1/unmount`, `/v1/before-stop`, and `GET /v1/status` (JSON) and `/metrics` (Prometheus). The
 * caller holds the node's lock, so that no other agent of this node serves there.
 *
 * @throws `PERMISSION_DENIED` - the socket's folder is not ours alone.
 */
export function serveAgent(socket: string, agent: Agent): Promise<AsyncDisposable> {
  return serveRpc(socket, {
    calls: {
      mount: async (input, signal) => await agent.mount(readMountRequest(input), signal),
      unmount: async (input, signal) => await agent.unmount(readMountRequest(input), signal),
      'before-stop': async (input, signal) =>
        await agent.beforeStop(readMountRequest(input), signal),
    },
    pages: {
      'v1/status': async () => `${JSON.stringify(agent.status(), null, 2)}\n`,
      metrics: async () => metricsText(agent.status()),
    },
  });
}
