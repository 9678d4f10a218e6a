import type { Manager, OperationRecord } from '@firecamp/core';
import type { Cluster } from './cluster/cluster.ts';
import type { Context } from './context.ts';
import { followOperation } from './follow.ts';
import { patiently } from './patience.ts';

/**
 * Records a change and follows it to its end.
 *
 * @param change - records it; a repeat gives the same operation.
 * @param check - what can be refused without asking anybody.
 * @returns the exit code.
 */
export async function submitChange(
  context: Context,
  change: (manager: Manager) => Promise<OperationRecord>,
  check: (cluster: Cluster) => Promise<unknown> = async () => {},
): Promise<number> {
  await using cluster = await context.cluster();
  await check(cluster);
  await expectNodes(cluster);
  const operation = await patiently(context.io, () => change(cluster.manager));
  return await followOperation(context, cluster, operation);
}

/**
 * With no manager this command would carry the change out itself, and wait for nodes that may
 * never come.
 *
 * @throws `UNAVAILABLE` - the orchestrator does not answer; nothing was recorded.
 */
async function expectNodes({ daemon, orchestrator }: Cluster): Promise<void> {
  if (daemon) return;
  const nodes = orchestrator.nodes()[Symbol.asyncIterator]();
  await nodes.next();
  await nodes.return?.();
}
