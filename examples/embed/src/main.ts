import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { adapterHosts, compose, managerParts } from '@firecamp/compose';
import { Database, Manager } from '@firecamp/core';
import { createGateway, TokenFolder } from '@firecamp/gateway';
import { openWorld } from './world.ts';

const folder = await mkdtemp(join(tmpdir(), 'firecamp-embed-'));
const world = await openWorld(folder);
const end = new AbortController();
const told = new Set<string>();

await using root = compose(
  ...managerParts(world, {
    id: 'my-tool',
    catalog: world.catalog,
    events: ({ kind, text }) => {
      told.add(kind);
      console.log(`${kind.padEnd(20)} ${text}`);
    },
  }),
);
const manager = root.get(Manager);
const tokens = new TokenFolder(join(folder, 'digests'));
await mkdir(join(folder, 'tokens'));
for (const { name } of world.configuration.nodes) {
  const token = await tokens.issue({ kind: 'node', name });
  await writeFile(join(folder, 'tokens', name), token, { mode: 0o600 });
}
await using gateway = createGateway({
  database: root.get(Database),
  names: null,
  addresses: null,
  tokens,
  clock: world.clock,
  onFailure: console.error,
});
await gateway.listen({ socket: join(folder, 'gateway.sock') });
const running = [manager, ...adapterHosts(world).map(({ host }) => host)].map((each) =>
  each.run(end.signal),
);

const asked = { who: 'my-tool', why: 'to show how' };
const created = await manager.create({
  ...asked,
  request: 'create-sleeper',
  name: 'sleeper',
  recipe: 'custom',
  spec: { command: ['/bin/sleep', '1000000'], volumes: [{ role: 'data', sizeBytes: '16MiB' }] },
  members: 2,
  addressing: 'name',
  deletion: 'wipe',
});
const { state } = await manager.follow(created.id, () => {});
const { members } = await manager.status('sleeper');
for (const { record } of members) console.log(`${record.name} runs on ${record.owner?.node}`);
const deleted = await manager.delete({
  ...asked,
  request: 'delete-sleeper',
  service: 'sleeper',
  deletion: null,
});
await manager.follow(deleted.id, () => {});

end.abort();
await Promise.all(running);
await rm(folder, { recursive: true });
const good = state === 'done' && members.length === 2 && told.has('operation.done');
process.exitCode = good ? 0 : 1;
