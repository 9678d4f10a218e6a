import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { serveRpc } from '@firecamp/wire';
import { Keeper } from './node/keeper.ts';
import { BOOT_MARKER, LocalNodeRuntime } from './node/node-runtime.ts';
import { runtimeMethods } from './node/runtime-methods.ts';
import { TaskLog } from './node/task-log.ts';
import { BASE_ENVIRONMENT } from './process/containment.ts';
import { listStats } from './process/stat.ts';
import { check, type NodeConfig, nodeConfigSchema } from './protocol.ts';

// The runtime of one node, the second process of its namespace: `node node-main.js <config file>`.

/** The first process of the node's namespace, which only waits. */
const INIT_PID = 1;

function readConfig(path: string | undefined): NodeConfig {
  if (path === undefined) throw new Error('which config file?');
  return check(nodeConfigSchema, JSON.parse(readFileSync(path, 'utf8')), 'node.config');
}

/** The agent, with all of the namespace that is neither ours nor a task's. */
function keepAgent(config: NodeConfig, tasks: () => readonly number[]): Keeper | null {
  const { agent, node, boot, containment, logFolder } = config;
  if (agent === null) return null;
  const log = new TaskLog(join(logFolder, 'agents', `${node}.log`), {
    fileBytesMax: config.logFileBytesMax,
    filesMax: config.logFilesMax,
  });
  const spec = {
    // In a namespace of its own it would not see the processes that use a volume.
    containment: 'tree' as const,
    command: agent.command,
    environment: { ...BASE_ENVIRONMENT, ...agent.environment, [BOOT_MARKER]: boot },
    marker: { name: 'FIRECAMP_AGENT', value: `${node}/${boot}` },
    runAs: null,
    except: () => [...tasks()],
    others: () =>
      containment === 'namespace'
        ? listStats()
            .map(({ pid }) => pid)
            .filter((pid) => pid !== INIT_PID)
        : [],
  };
  return new Keeper('agent', spec, log);
}

async function main(): Promise<void> {
  const config = readConfig(process.argv[2]);
  if (config.containment === 'namespace' && process.ppid !== INIT_PID) {
    throw new Error('not within a namespace of our own');
  }
  let agent: Keeper | null = null;
  const runtime = new LocalNodeRuntime(config, () => (agent?.root == null ? [] : [agent.root]));
  agent = keepAgent(config, () => runtime.roots());
  // A machine that shuts down asks every process to end; the members get their own chance.
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  await serveRpc(config.runtimeSocket, runtimeMethods(runtime, config.boot));
  await agent?.run(new AbortController().signal);
}

await main();
