import { chmod, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '@firecamp/cli';
import { readConfiguration } from '@firecamp/compose';
import { CallCounter } from '@firecamp/core/layers';

await using folder = await mkdtempDisposable(join(tmpdir(), 'firecamp-embed-'));
await chmod(folder.path, 0o711); // Where root runs this, members run as nobody and pass through.
const file = join(folder.path, 'firecamp.yaml');
await writeFile(file, 'cluster: mine\nrecipes: [custom]\n');

const calls = new CallCounter();
await using cluster = await startCluster(await readConfiguration(file), {
  events: ({ kind, text }) => console.log(kind.padEnd(17), text),
  log: (line) => console.error(line),
  trace: calls.sink,
});
const { manager } = cluster;
const asked = { who: 'my-tool', why: 'to show how' };

const volumes = [{ role: 'data', sizeBytes: '16MiB' }];
const spec = { command: ['/bin/sleep', '1000000'], volumes };
const web = { name: 'web', recipe: 'custom', spec, members: 2, addressing: 'static' } as const;
const created = await manager.create({ ...asked, request: 'create', ...web, deletion: 'wipe' });
const { state } = await manager.follow(created.id, () => {});
for (const { record } of (await manager.status('web')).members) {
  console.log(`${record.name} runs on ${record.owner?.node}, at ${record.address?.ip}`);
}
const removal = { ...asked, request: 'delete', service: 'web', deletion: null };
await manager.follow((await manager.delete(removal)).id, () => {});

console.table(calls.counts(), ['calls']);
process.exitCode = state === 'done' ? 0 : 1;
