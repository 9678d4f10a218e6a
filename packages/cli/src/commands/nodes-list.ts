import type { OrchestratorNode } from '@firecamp/core';
import type { Command } from '../command.ts';
import { table } from '../output/table.ts';
import { nodeView } from '../output/views.ts';

export const nodesList: Command = {
  examples: [['firecamp nodes list', 'all nodes, their zones and their signs of life']],
  run: async (context) => {
    const nodes = await context.ask((manager) => manager.nodes());
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
    const text = rows.length === 0 ? 'there is no node; see: firecamp up' : table(heads, rows);
    context.print(nodes.map(nodeView), text);
    return 0;
  },
};

function stateText(node: OrchestratorNode | null): string {
  if (node === null) return '-';
  return node.message === undefined ? node.state : `${node.state} (${node.message})`;
}
