import {
  type AdapterDefinition,
  defineAdapter,
  Fencer,
  type FencerCapabilities,
  FireCampError,
  NodeRuntime,
  Orchestrator,
  type OrchestratorCapabilities,
} from '@firecamp/core';
import { guardFencer, guardOrchestrator } from '@firecamp/core/layers';
import { LocalHost } from './engine/host.ts';
import { type FencerOptions, parseFencerOptions } from './fencer-options.ts';
import { CAPABILITIES, LocalOrchestrator } from './local-orchestrator.ts';
import { LocalRuntime } from './local-runtime.ts';
import { engineSocket, type LocalOptions, nodeSockets, parseOptions } from './options.ts';

import { FENCER_CAPABILITIES, ProcessFencer } from './process-fencer.ts';
import { volumeHolds } from './volume-holds.ts';

/** Members as processes of this machine, which plays all nodes of a cluster. */
export const localProcesses: AdapterDefinition<
  Orchestrator,
  NodeRuntime,
  LocalOptions,
  OrchestratorCapabilities
> = defineAdapter({
  name: 'processes',
  provides: { control: Orchestrator, node: NodeRuntime },
  capabilities: CAPABILITIES,
  parse: parseOptions,
  control: (options) => guardOrchestrator(new LocalOrchestrator(engineSocket(options))),
  node: (options, { node }) => {
    if (node !== null) return new LocalRuntime(nodeSockets(options, node).runtime);
    throw new FireCampError('INVALID_ARGUMENT', 'the half of a node needs to know which', {
      operation: 'localProcesses.node',
    });
  },
  host: (options, context) => new LocalHost(options, context),
});

/** Fences by ending every process of a node's boot. Only the manager's half: agents see one node. */
export const processGone: AdapterDefinition<Fencer, Fencer, FencerOptions, FencerCapabilities> =
  defineAdapter({
    name: 'process-gone',
    provides: { control: Fencer, node: null },
    capabilities: FENCER_CAPABILITIES,
    parse: parseFencerOptions,
    control: (options, { clock }) =>
      guardFencer(
        new ProcessFencer({
          socket: engineSocket(options),
          holds: options.volumes === null ? [] : [volumeHolds(options.volumes)],
          clock,
          by: `manager/${process.pid}`,
        }),
      ),
  });

export type { LocalNode } from './engine/node-keeper.ts';
export type { FencerOptions } from './fencer-options.ts';
export { peerAddress } from './gate/peer-address.ts';
export { LocalNodes } from './local-nodes.ts';
export type { GateTarget, KeptProgram, LocalOptions } from './options.ts';
export {
  type ContainedProcess,
  type ProcessEnd,
  type ProcessSpec,
  startContained,
} from './process/contained-process.ts';
export {
  BASE_ENVIRONMENT,
  type Containment,
  probeContainment,
  type RunAs,
} from './process/containment.ts';
export { orphansUsing } from './process/orphans.ts';
export {
  killTree,
  type Processes,
  pauseTree,
  resumeTree,
} from './process/signal-tree.ts';
export { isAlive, type ProcessId, type ProcessStat } from './process/stat.ts';
export { markedTree, ProcessTree, type TreeMarks } from './process/tree.ts';
