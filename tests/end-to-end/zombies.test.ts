import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { signal, TestCluster, until } from './support/test-cluster.ts';
import { type Listener, turns, Witness } from './support/witness.ts';

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

const FAULTS = {
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
} satisfies Readonly<Record<string, Fault>>;

async function answered(listener: Listener, boot: string): Promise<void> {
  await until('it answers', async () => (listener.heard().at(-1) === boot ? true : null));
}

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
  await using listener = await witness.listen();
  await answered(listener, before);

  const over = await fault(node, before);
  const after = await witness.writes(before, LINES);
  await over();
  expect(await witness.writes(null, LINES)).toBe(after);

  expect(turns(witness.lines())).toBe(turnsBefore + 1);
  expect(cluster.marked(before)).toEqual([]);
  await cluster.ready('witness');
  await answered(listener, after);
  expect(turns(listener.heard())).toBe(1);
});

/** Who owns the member by its record, and whom that waits for. */
interface Claim {
  readonly node: string;
  readonly phase: string;
  readonly unfenced: readonly { readonly node: string; readonly boot: string }[];
}

async function claim(): Promise<Claim> {
  const { members } = await cluster.json<{ members: readonly Claim[] }>('status', 'witness');
  const [member] = members;
  if (member === undefined) throw new Error('there is no member');
  return member;
}

/** Who could end a node from outside is not there: what is left is what the node does itself. */
const NO_FENCER = 'cluster: e2e\nfencers: []\n';

const ZOMBIE = FAULTS['that nobody hears while its member goes on writing'];

test('a node that returns cleans up by itself what was claimed from it, where nobody can fence', async () => {
  await cluster[Symbol.asyncDispose]();
  cluster = new TestCluster();
  cluster.configure(NO_FENCER);
  await cluster.command.run(['up']);
  witness = await Witness.create(cluster);
  const before = await witness.writes(null, LINES);
  const { members } = await cluster.ready('witness');
  const node = members[0]?.node ?? '';
  const agent = await cluster.agent(node);
  await using listener = await witness.listen();

  const over = await ZOMBIE(node, before);
  let claimed: Claim | null = null;
  try {
    claimed = await until('another node has claimed it', async () => {
      const member = await claim();
      return member.node === node ? null : member;
    });
    expect(claimed.phase).toBe('moving');
    expect(claimed.unfenced).toContainEqual({ node, boot: before });
    expect(await witness.writes(null, LINES)).toBe(before);
    expect(new Set(listener.heard())).toEqual(new Set([before]));
  } finally {
    await over();
  }
  const after = await witness.writes(before, LINES);

  // Not by its end: the very agent that was away has cleaned up.
  expect(await cluster.agent(node)).toBe(agent);
  const old = cluster.marked(before);
  expect(old).toContain(agent);
  expect(cluster.processes('witness.mjs').filter((pid) => old.includes(pid))).toEqual([]);
  await cluster.ready('witness');
  expect(await claim()).toMatchObject({ node: claimed.node, phase: 'mounted', unfenced: [] });
  await answered(listener, after);
  expect(await witness.writes(null, LINES)).toBe(after);
  expect(turns(witness.lines())).toBe(1);
  expect(turns(listener.heard())).toBe(1);
});
