import type { OrchestratorNode } from '@firecamp/core';
import type { Command } from '../command.ts';
import { printListing } from '../output/listing.ts';
import { table } from '../output/table.ts';
import { nodeView } from '../output/views.ts';

export const nodesList: Command = {
  examples: [['firecamp nodes list', 'all nodes, their zones and their signs of life']],
  run: async (context) => {
    const listing = await context.ask((manager) => manager.nodes());
    const nodes = listing.items;
    const rows = nodes.map(({ id, facts, beat, orchestrator }) => [
      id,
      facts?.zone ?? orchestrator?.zone ?? '-',
      stateText(orchestrator),
      beat?.state ?? '-',
      facts?.addresses[0] ?? '-',
      // What the last beat of a node that gives none listed says nothing about now.
      beat?.state === 'beating' ? String(beat.members.length) : '-',
    ]);
    const heads = ['NODE', 'ZONE', 'ORCHESTRATOR', 'BEAT', 'ADDRESS', 'MEMBERS'];
    return printListing(context, listing, {
      views: nodes.map(nodeView),
      text: table(heads, rows),
      none: 'there is no node; see: firecamp up',
    });
  },
};

function stateText(node: OrchestratorNode | null): string {
  if (node === null) return '-';
  return node.message === undefined ? node.state : `${node.state} (${node.message})`;
}
