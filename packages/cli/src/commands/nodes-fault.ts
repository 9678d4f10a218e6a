import { FireCampError } from '@firecamp/core';
import { LocalNodes, localProcesses } from '@firecamp/orch-local';
import { openSetting } from '../cluster/setting.ts';
import type { Command, CommandOption } from '../command.ts';
import type { Context } from '../context.ts';
import type { Input } from '../input.ts';

/** The ways out of a node: to the orchestrator, to other nodes, to the database, to names. */
const WAYS = ['engine', 'peers', 'database', 'dns'] as const;

/** What can be done to a node that this machine plays. */
interface Fault {
  readonly verb: string;
  readonly example: string;
  readonly more?: Command['examples'];
  readonly details: string;
  readonly done: string;
  readonly options?: readonly CommandOption[];
  /** Gives back what could not be done and what to do about it; nothing where all is done. */
  readonly act: (
    nodes: LocalNodes,
    node: string,
    input: Input,
  ) => Promise<readonly string[] | undefined>;
}

function nodesFault({ verb, example, more, details, done, options, act }: Fault): Command {
  return {
    arguments: [{ form: '<node>', text: 'its name; see: firecamp nodes list' }],
    options: options ?? [],
    examples: [[`firecamp nodes ${verb} node-1`, example], ...(more ?? [])],
    details,
    run: async (context, input) => {
      const node = input.text('node');
      const undone = (await act(await localNodes(context), node, input)) ?? [];
      context.print({ node, done: verb, undone }, [`${node} ${done}`, ...undone].join('\n'));
      return 0;
    },
  };
}

/** @throws `UNSUPPORTED` - the nodes of this cluster are machines of their own. */
async function localNodes(context: Context): Promise<LocalNodes> {
  const { adapters } = await openSetting(await context.configuration(), context.io);
  const loaded = adapters.seams.orchestrator;
  if (loaded?.definition.name !== localProcesses.name) {
    throw new FireCampError(
      'UNSUPPORTED',
      'the nodes of this cluster are machines of their own: nobody here can do that to them',
      { operation: 'firecamp nodes' },
    );
  }
  return new LocalNodes(loaded.options as ReturnType<typeof localProcesses.parse>);
}

export const nodesKill: Command = nodesFault({
  verb: 'kill',
  example: 'as if its power were cut: all that runs on it is gone',
  details: 'The node stays down until it is started.',
  done: 'is killed; its members move to other nodes',
  act: async (nodes, node) => {
    await nodes.kill(node);
  },
});

export const nodesStart: Command = nodesFault({
  verb: 'start',
  example: 'boots a node that was killed',
  details: 'It comes back with another boot id.',
  done: 'is started',
  act: async (nodes, node) => {
    await nodes.start(node);
  },
});

export const nodesPause: Command = nodesFault({
  verb: 'pause',
  example: 'freezes all that runs on it',
  details: 'A frozen node is not gone: what it did before may go on when it is resumed.',
  done: 'is paused',
  act: async (nodes, node) => {
    await nodes.pause(node);
  },
});

export const nodesResume: Command = nodesFault({
  verb: 'resume',
  example: 'lets a frozen node go on',
  details: 'It finds out by itself what it has lost meanwhile.',
  done: 'is resumed',
  act: async (nodes, node) => {
    await nodes.resume(node);
  },
});

export const nodesPartition: Command = nodesFault({
  verb: 'partition',
  example: 'cuts it off from all of them',
  more: [['firecamp nodes partition node-1 --from peers', 'from the members of other nodes alone']],
  details:
    'What runs on it goes on: a database that cannot be reached stops nothing. ' +
    'A repeat cuts it off from what is named then, and from nothing else.',
  done: 'is cut off',
  options: [
    {
      flags: '--from <what>',
      text: 'cut off from this alone; may be given several times',
      choices: WAYS,
      many: true,
    },
  ],
  act: (nodes, node, input) => {
    const from = input.texts('from');
    return nodes.cut(node, from.length === 0 ? WAYS : from);
  },
});

export const nodesHeal: Command = nodesFault({
  verb: 'heal',
  example: 'ends a partition',
  details: 'A node that was not cut off stays as it is.',
  done: 'is reached again',
  act: (nodes, node) => nodes.cut(node, []),
});
