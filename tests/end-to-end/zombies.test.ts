import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signal, TestCluster, until } from './support/test-cluster.ts';
import { turns, Witness } from './support/witness.ts';

const LINES = 50;

let cluster: TestCluster;
let witness: Witness;

beforeAll(async () => {
  cluster = await TestCluster.up();
  witness = await Witness.create(cluster);
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

interface Node {
  readonly id: string;
  readonly boot: string | null;
  readonly beat: { readonly state: string; readonly boot: string } | null;
}

async function nodes(): Promise<readonly Node[]> {
  return await cluster.json<readonly Node[]>('nodes', 'list');
}

beforeEach(async () => {
  await until('all nodes beat', async () => {
    const whole = (await nodes()).every(
      ({ beat, boot }) => beat?.state === 'beating' && beat.boot === boot,
    );
    return whole ? true : null;
  });
});

/** All processes of a boot, as somebody sees them who asks the kernel alone. */
function all(boot: string, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): readonly number[] {
  const pids = cluster.marked(boot);
  expect(pids.length).toBeGreaterThan(2);
  for (const pid of pids) signal(pid, name);
  return pids;
}

/** What can happen to the node of a member; what it gives is called once the member has moved. */
type Fault = (node: string, boot: string) => Promise<() => Promise<void>>;

const FAULTS: Readonly<Record<string, Fault>> = {
  'all of whose processes are killed': async (_node, boot) => {
    all(boot, 'SIGKILL');
    return async () => {};
  },
  'all of whose processes stand still, and go on later': async (_node, boot) => {
    const pids = all(boot, 'SIGSTOP');
    return async () => {
      for (const pid of pids) signal(pid, 'SIGCONT');
    };
  },
  'that nobody hears while its member goes on writing': async (_node, boot) => {
    const own = (pid: number): boolean => cluster.processes('witness.mjs').includes(pid);
    const pids = cluster.marked(boot).filter((pid) => !own(pid));
    for (const pid of pids) signal(pid, 'SIGSTOP');
    return async () => {
      for (const pid of pids) signal(pid, 'SIGCONT');
    };
  },
  'that is cut off while its member goes on writing': async (node) => {
    await cluster.command.run(['nodes', 'partition', node]);
    return async () => {
      await cluster.command.run(['nodes', 'heal', node]);
    };
  },
};

test('the checker sees a writer who comes back', () => {
  expect(turns([])).toBe(0);
  expect(turns(['a', 'a', 'b', 'b'])).toBe(1);
  expect(turns(['a', 'b', 'a', 'b'])).toBe(3);
});

test.each(Object.entries(FAULTS))('a node %s, writes and serves nothing more', async (_, fault) => {
  const before = await witness.writes(null, LINES);
  const { members } = await cluster.ready('witness');
  const node = members[0]?.node ?? '';
  const turnsBefore = turns(witness.lines());
  expect(await witness.answers()).toBe(before);

  const over = await fault(node, before);
  const after = await witness.writes(before, LINES);
  await over();
  expect(await witness.writes(null, LINES)).toBe(after);

  expect(turns(witness.lines())).toBe(turnsBefore + 1);
  expect(cluster.marked(before)).toEqual([]);
  await cluster.ready('witness');
  expect(await witness.answers()).toBe(after);
});
