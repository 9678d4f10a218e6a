import { closeSync, mkdirSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { makePrivateFolder } from '@firecamp/wire';
import { fillProgram } from '../node/fill.ts';
import { BOOT_MARKER } from '../node/node-runtime.ts';
import { type LocalOptions, nodeSockets } from '../options.ts';
import { startContained } from '../process/contained-process.ts';
import { BASE_ENVIRONMENT, type Containment } from '../process/containment.ts';
import type { ProcessId } from '../process/stat.ts';
import { markedTree, ProcessTree } from '../process/tree.ts';
import type { NodeConfig } from '../protocol.ts';

/** By name, so that it is found wherever this code became a part of. */
const NODE_MAIN = createRequire(import.meta.url).resolve('@firecamp/orch-local/node-main');

/** What a boot of a node is started from. */
export interface BootParts {
  readonly id: string;
  readonly zone: string;
  readonly boot: string;
  readonly options: LocalOptions;
  readonly containment: Containment;
  /** By `gate.<name>`. */
  readonly gates: Readonly<Record<string, string>>;
  /** Told once, when the process that was started here has ended. */
  readonly ended: () => void;
}

/** Where logs are, beneath the state folder. */
export function logFolder({ state }: Pick<LocalOptions, 'state'>): string {
  return join(state, 'logs');
}

/** Starts the node's runtime, which outlives us. */
export async function startBoot(parts: BootParts): Promise<ProcessId> {
  const { id, boot, options, containment } = parts;
  const sockets = nodeSockets(options, id);
  await makePrivateFolder(sockets.folder);
  const config = join(sockets.folder, 'config.json');
  await writeFile(config, JSON.stringify(nodeConfig(parts)), { mode: 0o600 });
  mkdirSync(join(logFolder(options), 'nodes'), { recursive: true, mode: 0o700 });
  // A file, not a pipe: it has to go on when we end. It gets a line only if the runtime fails.
  const output = openSync(join(logFolder(options), 'nodes', `${id}.log`), 'w', 0o600);
  try {
    const { child, root, ended } = startContained({
      containment,
      command: [process.execPath, NODE_MAIN, config],
      environment: BASE_ENVIRONMENT,
      marker: { name: BOOT_MARKER, value: boot },
      runAs: null,
      stdio: ['ignore', output, output],
    });
    child.unref();
    void ended.then(parts.ended);
    return root;
  } finally {
    closeSync(output);
  }
}

function nodeConfig({ id, zone, boot, options, containment, gates }: BootParts): NodeConfig {
  const { runtime, agent } = nodeSockets(options, id);
  const values = {
    node: id,
    zone,
    boot,
    'agent.socket': agent,
    'runtime.socket': runtime,
    ...gates,
  };
  return {
    node: id,
    boot,
    containment,
    runAs: options.runAs,
    runtimeSocket: runtime,
    agentSocket: agent,
    logFolder: logFolder(options),
    logFileBytesMax: options.logFileBytesMax,
    logFilesMax: options.logFilesMax,
    agent: options.agent === null ? null : fillProgram(options.agent, values),
  };
}

/** All processes of a boot, whoever started it; by its mark alone where its root is not known. */
export function bootTree(boot: string, root: ProcessId | null): ProcessTree {
  const marker = { name: BOOT_MARKER, value: boot };
  return root === null ? markedTree(marker) : new ProcessTree({ root, marker });
}
