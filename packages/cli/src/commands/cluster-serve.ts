import { compose, managerParts, OptionalAddressPool, OptionalNames } from '@firecamp/compose';
import { Database, type FireCampEvent, Manager } from '@firecamp/core';
import { createGateway } from '@firecamp/gateway';
import { gatewaySocket } from '../cluster/embedded-options.ts';
import { openSetting } from '../cluster/setting.ts';
import { TokenFiles } from '../cluster/state.ts';
import type { Command } from '../command.ts';
import type { Io } from '../io.ts';
import { printable } from '../output/table.ts';

export const clusterServe: Command = {
  examples: [['firecamp serve', 'until interrupted; `firecamp up` starts one in the background']],
  details:
    'The manager resumes operations, watches the nodes, fences, and serves the database to agents. Any number may run, since each act is under the lease of its subject.',
  run: async (context) => {
    const { io } = context;
    const setting = await openSetting(await context.configuration(), io);
    const { state, catalog, clock, random } = setting;
    await using root = compose(
      ...managerParts(setting, {
        id: `serve-${random.id()}`,
        catalog,
        events: (event) => tell(io, context.json, event),
      }),
    );
    const manager = root.get(Manager);
    await using gateway = createGateway({
      database: root.get(Database),
      names: root.get(OptionalNames),
      addresses: root.get(OptionalAddressPool),
      tokens: new TokenFiles(state.folder),
      clock,
      onFailure: (error) => io.err(`firecamp: gateway: ${String(error)}`),
    });
    await gateway.listen({ socket: gatewaySocket(state) });
    io.err(`firecamp: serves ${setting.configuration.cluster} at ${gatewaySocket(state)}`);
    await manager.run(io.signal);
    return 0;
  },
};

/** Events are what this command says: one line each. */
function tell(io: Io, json: boolean, event: FireCampEvent): void {
  const { atMs, kind, text } = event;
  io.out(
    json
      ? JSON.stringify(event)
      : printable(`${new Date(atMs).toISOString()} ${kind.padEnd(20)} ${text}`),
  );
}
