import { link, open, unlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { parseConfiguration, readYaml, systemRandom } from '@firecamp/compose';
import { checkDomain, checkLabel, labelFault } from '@firecamp/core';
import { orAbsent } from '@firecamp/files';
import { closedToMembers } from '../cluster/closed-to-members.ts';
import type { Command } from '../command.ts';
import { unwritable } from '../unwritable.ts';

const NODES_MAX = 64;
const NODES_DEFAULT = 3;

export const clusterInit: Command = {
  options: [
    { flags: '--name <name>', text: "the cluster's name (default: that of the folder)" },
    { flags: '--nodes <count>', text: 'how many nodes this machine plays', fallback: '3' },
    { flags: '--domain <domain>', text: 'the DNS domain (default: <name>.firecamp.test)' },
  ],
  examples: [
    ['firecamp init', 'a cluster of three nodes on this machine'],
    ['firecamp init --name shop --nodes 5', 'with another name and more nodes'],
  ],
  details: 'The file that it writes needs no root, no containers and no cloud.',
  run: async (context, input) => {
    const given = input.optionalText('name');
    const name = given === null ? nameOf(dirname(context.path)) : checkLabel('--name', given, 40);
    const nodes = input.integer('nodes', 1, NODES_MAX) ?? NODES_DEFAULT;
    const domain = input.optionalText('domain');
    if (domain !== null) checkDomain('--domain', domain);
    const text = configurationText(name, nodes, domain);
    // What is written is what can be read.
    const document = readYaml('firecamp init', new TextEncoder().encode(text));
    const { stateFolder } = parseConfiguration(document, dirname(context.path));
    await writeNew(context.path, text);
    const closed = await closedToMembers(stateFolder, context.io);
    if (closed !== null) context.io.err(`firecamp: ${stateFolder} ${closed.why}`);
    const before = closed === null ? '' : `choose another folder, or: ${closed.remedy}; then: `;
    context.print(
      { file: context.path, cluster: name, nodes },
      `wrote ${context.path}\nnext: ${before}firecamp up`,
    );
    return 0;
  },
};

/** The folder's name where that will do, as it is or with its odd letters as dashes. */
function nameOf(folder: string): string {
  const name = basename(folder)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '')
    .slice(0, 40);
  return labelFault(name) === null ? name : 'firecamp';
}

function configurationText(name: string, nodes: number, domain: string | null): string {
  const zones = Array.from({ length: nodes }, (_, index) => index + 1).map(
    (number) => `  - { name: node-${number}, zone: zone-${((number - 1) % 3) + 1} }`,
  );
  return `# A cluster whose nodes are groups of processes of this machine.
cluster: ${JSON.stringify(name)}
${domain === null ? `# domain: ${name}.firecamp.test` : `domain: ${JSON.stringify(domain)}`}

nodes:
${zones.join('\n')}

# What is left out is chosen for one machine; each line may name an adapter of another package.
# database: sqlite
# volumes: shared-directories
# names: local-dns
# addresses: loopback
# orchestrator: processes
# secrets: private-folder
# fencers: [process-gone]
# recipes: [postgresql, custom]
`;
}

/** All of the file or none: a disk may be full. */
async function writeNew(file: string, text: string): Promise<void> {
  const made = `${file}.${systemRandom.id()}`;
  try {
    await using handle = await open(made, 'wx', 0o644);
    await handle.writeFile(text);
    await handle.sync();
    await link(made, file);
  } catch (cause) {
    throw unwritable('firecamp init', file, cause);
  } finally {
    await orAbsent(unlink(made));
  }
}
