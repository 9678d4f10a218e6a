import { compose, managerParts } from '@firecamp/compose';
import { FireCampError, type FireCampEvent, Manager } from '@firecamp/core';
import type { Gateway } from '@firecamp/gateway';
import { createClusterGateway } from '../cluster/cluster-gateway.ts';
import { type OpenSetting, openSetting } from '../cluster/setting.ts';
import { gatewaySocket } from '../cluster/state-file.ts';
import type { Command } from '../command.ts';
import type { Io } from '../io.ts';
import { printable } from '../output/table.ts';

/** How soon a second manager sees that nobody serves any more. */
const LISTEN_AGAIN_MS = 500;

export const clusterServe: Command = {
  examples: [['firecamp serve', 'until interrupted; `firecamp up` starts one in the background']],
  details:
    'The manager resumes operations, watches the nodes, fences, and serves the database to agents. Any number may run, since each act is under the lease of its subject.',
  run: async (context) => {
    const { io } = context;
    const setting = await openSetting(await context.configuration(), io);
    const { state, catalog, random } = setting;
    await using root = compose(
      ...managerParts(setting, {
        id: `serve-${random.id()}`,
        catalog,
        events: (event) => tell(io, context.json, event),
      }),
    );
    const manager = root.get(Manager);
    await using gateway = createClusterGateway(root, setting, io);
    const failed = new AbortController();
    const listening = listen(gateway, { setting, socket: gatewaySocket(state), io });
    listening.catch(() => failed.abort());
    await manager.run(AbortSignal.any([io.signal, failed.signal]));
    await listening;
    return 0;
  },
};

/** Only one manager serves a socket; the others work all the same, and take over when it ends. */
async function listen(
  gateway: Gateway,
  at: { readonly setting: OpenSetting; readonly socket: string; readonly io: Io },
): Promise<void> {
  const { setting, socket, io } = at;
  for (let told = false; !io.signal.aborted; told = true) {
    try {
      await gateway.listen({ socket });
      io.err(`firecamp: serves ${setting.configuration.cluster} at ${socket}`);
      return;
    } catch (error) {
      if (!FireCampError.is(error, 'FAILED_PRECONDITION')) throw error;
      if (!told) io.err(`firecamp: ${error.message}; it serves agents and commands`);
    }
    await setting.clock.sleep(LISTEN_AGAIN_MS, io.signal).catch(() => {});
  }
}

/** Events are what this command says: one line each. */
function tell(io: Io, json: boolean, event: FireCampEvent): void {
  const { atMs, kind, text } = event;
  io.out(
    json
      ? JSON.stringify(event)
      : printable(`${new Date(atMs).toISOString()} ${kind.padEnd(20)} ${text}`),
  );
}
