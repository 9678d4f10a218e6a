import type { OrchestratorFixture, RuntimeSide } from '@firecamp/core/conformance';
import { guardOrchestrator } from '@firecamp/core/layers';
import type { WorldKind } from '@firecamp/core/simulation';
import { freshId } from '../../support/fresh-id.ts';
import { Stand } from './stand.ts';

const NODE = 'n1';

/** The orchestrator of a world as a manager has it, and the runtimes of its two nodes. */
export async function orchestratorOf(kind: WorldKind): Promise<OrchestratorFixture> {
  const stand = new Stand(kind, { nodes: 2, zones: 2 });
  const { links } = stand.cluster;
  return {
    orchestrator: guardOrchestrator(stand.manager().orchestrator),
    nodes: [sideOf(stand, NODE), sideOf(stand, 'n2')],
    program: (what) => ({
      image: null,
      command: [what],
      environment: {},
      stopSignal: 'SIGTERM',
      graceMs: 1_000,
    }),
    cluster: stand.manager().cluster,
    clock: stand.clock,
    freshId,
    instruments: {
      ...stand.wire.instruments,
      foreignUnit: async (name) => stand.cluster.scheduling.addForeign(name),
      loseNode: async () => {
        links.cut(NODE, 'orchestrator', 'back');
        return async () => links.heal(NODE, 'orchestrator', 'back');
      },
      listNodes: async (more) => stand.cluster.scheduling.listNodes(more),
      holdStarts: async () => {
        const release = stand.holdStarts();
        return async () => release();
      },
    },
    [Symbol.asyncDispose]: () => stand[Symbol.asyncDispose](),
  };
}

function sideOf(stand: Stand, id: string): RuntimeSide {
  const { facts, runtime } = stand.agent(id);
  return { facts, runtime };
}
