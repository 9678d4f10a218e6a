import { join } from 'node:path';
import { createCatalog, custom, type Recipes } from '@firecamp/catalog';
import {
  importFrom,
  loadAdapters,
  parseConfiguration,
  readYaml,
  type Setting,
  systemClock,
  systemRandom,
} from '@firecamp/compose';

/** Two nodes that this machine plays; an embedder with machines of its own writes other lines. */
const configurationIn = (folder: string): string => `
cluster: embedded
nodes: [{ name: node-1, zone: zone-1 }, { name: node-2, zone: zone-2 }]
names: none
addresses: none
database: { use: sqlite, with: { file: ${folder}/cluster.db } }
volumes: { use: shared-directories, with: { root: ${folder}/volumes } }
secrets: { use: private-folder, with: { root: ${folder}/secrets } }
fencers: [{ use: process-gone, with: { sockets: ${folder}/run, volumes: ${folder}/volumes } }]
recipes: [custom]
orchestrator:
  use: processes
  with:
    state: ${folder}/engine
    sockets: ${folder}/run
    nodes: [{ id: node-1, zone: zone-1 }, { id: node-2, zone: zone-2 }]
    gates: { database: { socket: ${folder}/gateway.sock } }
    agent:
      command:
        - ${process.execPath}
        - ${join(import.meta.dirname, 'agent.ts')}
        - ${folder}
        - \${node}
        - \${zone}
        - \${boot}
        - \${agent.socket}
        - \${gate.database}
`;

/** What manager and agents are made from, each in its own process. */
export async function openWorld(folder: string): Promise<Setting & { readonly catalog: Recipes }> {
  const text = new TextEncoder().encode(configurationIn(folder));
  const configuration = parseConfiguration(readYaml('embed.yaml', text), folder);
  const importPackage = importFrom([import.meta.dirname]);
  const adapters = await loadAdapters(configuration, { importPackage });
  const catalog = createCatalog([custom]);
  return { configuration, adapters, clock: systemClock, random: systemRandom, catalog };
}
