import {
  type MemberRecord,
  PROTOCOL_RULES,
  type ServiceRecord,
  type WantedService,
} from '@firecamp/core';
import { expect, test } from 'vitest';
import { planCreate, planDelete, planRepair, planRestart, planStop } from '../../dist/plan/plan.js';
import { holdsUp, mayBeHeldUp } from '../../dist/plan/rolling.js';
import { type Seen, type SeenUnit, seenNothing } from '../../dist/plan/seen.js';
import type { Stage } from '../../dist/plan/step.js';

const service: ServiceRecord = {
  schema: 1,
  uid: 'u1',
  name: 'pg',
  cluster: 'lab',
  recipe: 'postgresql',
  spec: {},
  members: 3,
  running: true,
  addressing: 'static',
  deletion: 'retain',
  leader: 1,
  state: 'creating',
  operation: 'op-1',
  secrets: {},
  request: 'op-1',
  createdMs: 0,
};

const wanted: WantedService = {
  members: [0, 1, 2].map((ordinal) => ({
    ordinal,
    program: {
      image: null,
      command: ['program'],
      environment: {},
      stopSignal: 'SIGTERM',
      graceMs: 1000,
    },
    ports: [],
    volumes: [{ role: 'data', sizeBytes: 1024 }],
    memoryBytesMax: null,
    cpuMillisMax: null,
  })),
  secrets: [{ name: 'admin', bytes: 24 }],
  startOrder: 'parallel',
  unavailableMax: 1,
};

const digests = new Map([0, 1, 2].map((ordinal) => [ordinal, `d${ordinal}`] as const));

function member(ordinal: number, change: Partial<MemberRecord> = {}): MemberRecord {
  return {
    schema: 1,
    service: 'u1',
    ordinal,
    name: `pg-${ordinal}`,
    dnsName: null,
    zone: null,
    address: null,
    generation: 1,
    phase: 'mounted',
    owner: { node: 'n1', boot: 'b1', incarnation: 'i1', task: 't1' },
    lease: null,
    wanted: null,
    order: null,
    unfenced: [],
    proofs: [],
    volumes: [],
    seeded: true,
    nameGeneration: 1,
    sinceMs: 0,
    lastError: '',
    ...change,
  };
}

function standing(change: Partial<Seen> = {}): Seen {
  const ordinals = [0, 1, 2];
  return {
    service: { ...service, secrets: { admin: 'u1/admin@1' } },
    members: new Map(ordinals.map((ordinal) => [ordinal, member(ordinal)] as const)),
    units: new Map(
      ordinals.map(
        (ordinal) => [ordinal, { revision: 'r', digest: `d${ordinal}`, running: true }] as const,
      ),
    ),
    volumes: new Set(['u1-0-data', 'u1-1-data', 'u1-2-data']),
    volumesComplete: true,
    addresses: new Set(['u1-0', 'u1-1', 'u1-2']),
    secrets: new Set(['admin']),
    ready: new Set(ordinals),
    ...change,
  };
}

const ids = (plan: readonly Stage[]): readonly (readonly string[])[] =>
  plan.map(({ steps }) => steps.map(({ id }) => id));

test('a create of a new service makes records before volumes and containers last', () => {
  expect(ids(planCreate(wanted, seenNothing(service), digests))).toEqual([
    [
      'secret.create:admin',
      'address.allocate:pg-0',
      'address.allocate:pg-1',
      'address.allocate:pg-2',
    ],
    ['member.create:pg-0', 'member.create:pg-1', 'member.create:pg-2'],
    ['volume.create:pg-0:data', 'volume.create:pg-1:data', 'volume.create:pg-2:data'],
    ['unit.apply:pg-1', 'unit.apply:pg-2', 'unit.apply:pg-0'],
    ['wait.ready:pg-1', 'wait.ready:pg-2', 'wait.ready:pg-0'],
  ]);
});

test('a create that went half-way plans only what is missing', () => {
  const half = standing({ units: new Map(), volumes: new Set(['u1-0-data']), ready: new Set() });

  expect(ids(planCreate(wanted, half, digests)).slice(0, 1)).toEqual([
    ['volume.create:pg-1:data', 'volume.create:pg-2:data'],
  ]);
});

test('a secret that was made and not recorded is recorded', () => {
  const seen = standing({ service });

  expect(ids(planCreate(wanted, seen, digests))).toEqual([['secret.create:admin']]);
});

test('a create of what stands and serves plans nothing', () => {
  expect(planCreate(wanted, standing(), digests)).toEqual([]);
});

test('a recipe that wants its leader first has the others wait for it', () => {
  const ordered = { ...wanted, startOrder: 'leader-first' as const };

  const starts = ids(
    planCreate(ordered, standing({ units: new Map(), ready: new Set() }), digests),
  );

  expect(starts).toEqual([
    ['unit.apply:pg-1'],
    ['wait.ready:pg-1'],
    ['unit.apply:pg-2', 'unit.apply:pg-0'],
    ['wait.ready:pg-2', 'wait.ready:pg-0'],
  ]);
});

test('a stop touches the leader only when the others have let go', () => {
  expect(ids(planStop(standing()))).toEqual([
    ['unit.stop:pg-0', 'unit.stop:pg-2'],
    ['wait.idle:pg-0', 'wait.idle:pg-2'],
    ['unit.stop:pg-1'],
    ['wait.idle:pg-1'],
  ]);
});

test('a repair starts or stops only what is not as the record of the service says', () => {
  const unit = { revision: '1', digest: 'd0' };
  const units = new Map([
    [0, { ...unit, running: true }],
    [1, { ...unit, running: false }],
  ]);
  const runs = { ...standing().service, state: 'active', running: true } as const;
  const stopped = { ...runs, running: false };

  expect(ids(planRepair(standing({ units, service: runs })))).toEqual([['unit.start:pg-1']]);
  expect(ids(planRepair(standing({ units, service: stopped })))).toEqual([['unit.stop:pg-0']]);
  expect(ids(planRepair(standing({ service: runs })))).toEqual([]);
});

test('a repair leaves alone what is being deleted', () => {
  const service = { ...standing().service, state: 'deleting', running: false } as const;

  expect(ids(planRepair(standing({ service })))).toEqual([]);
});

test('a restart takes one member at a time, the leader last, and skips those done before', () => {
  const noted = new Map([
    [0, 1],
    [1, 1],
    [2, 1],
  ]);
  const seen = standing({
    members: new Map([
      [0, member(0, { generation: 2 })],
      [1, member(1)],
      [2, member(2)],
    ]),
  });

  expect(ids(planRestart(wanted, seen, noted)).flat()).toEqual([
    'unit.stop:pg-2',
    'wait.idle:pg-2',
    'unit.start:pg-2',
    'wait.ready:pg-2',
    'unit.stop:pg-1',
    'wait.idle:pg-1',
    'unit.start:pg-1',
    'wait.ready:pg-1',
  ]);
});

/** Of five members, all at generation 1, the leader pg-1. */
function restartOfFive(
  policies: Partial<WantedService>,
  unready: readonly number[] = [],
  stopped: readonly number[] = [],
): readonly (readonly string[])[] {
  const five = [0, 1, 2, 3, 4];
  const unit = (ordinal: number): SeenUnit => ({
    revision: 'r',
    digest: 'd',
    running: !stopped.includes(ordinal),
  });
  const seen = standing({
    members: new Map(five.map((ordinal) => [ordinal, member(ordinal)] as const)),
    units: new Map(five.map((ordinal) => [ordinal, unit(ordinal)] as const)),
    ready: new Set(five.filter((ordinal) => !unready.includes(ordinal))),
  });
  const noted = new Map(five.map((ordinal) => [ordinal, 1] as const));
  return ids(planRestart({ ...wanted, ...policies }, seen, noted));
}

function stopsOf(plan: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return plan.filter(([first]) => first?.startsWith('unit.stop:'));
}

test('as many members as may be down are restarted side by side, the leader alone', () => {
  const plan = restartOfFive({ unavailableMax: 3 });

  expect(plan.slice(0, 4)).toEqual([
    ['unit.stop:pg-0', 'unit.stop:pg-2', 'unit.stop:pg-3'],
    ['wait.idle:pg-0', 'wait.idle:pg-2', 'wait.idle:pg-3'],
    ['unit.start:pg-0', 'unit.start:pg-2', 'unit.start:pg-3'],
    ['wait.ready:pg-0', 'wait.ready:pg-2', 'wait.ready:pg-3'],
  ]);
  expect(stopsOf(plan)).toEqual([
    ['unit.stop:pg-0', 'unit.stop:pg-2', 'unit.stop:pg-3'],
    ['unit.stop:pg-4'],
    ['unit.stop:pg-1'],
  ]);
});

test('a recipe may have its leader restarted first', () => {
  expect(stopsOf(restartOfFive({ restartOrder: 'leader-first', unavailableMax: 2 }))).toEqual([
    ['unit.stop:pg-1'],
    ['unit.stop:pg-0', 'unit.stop:pg-2'],
    ['unit.stop:pg-3', 'unit.stop:pg-4'],
  ]);
});

test('what is not ready is restarted before what is, the leader too', () => {
  expect(stopsOf(restartOfFive({}, [1, 3])).flat()).toEqual(
    [3, 1, 0, 2, 4].map((ordinal) => `unit.stop:pg-${ordinal}`),
  );
});

test('what a cut-off run has stopped is started before anything is taken down', () => {
  expect(stopsOf(restartOfFive({}, [0, 1, 3], [1, 3])).flat()).toEqual(
    [3, 1, 0, 2, 4].map((ordinal) => `unit.stop:pg-${ordinal}`),
  );
});

test('a member is taken down only while enough of the others are ready', () => {
  const policies = { unavailableMax: 2 };
  const held = (rolling: readonly number[], unready: readonly number[], isDown = false) =>
    holdsUp({ policies, rolling, unready, isDown }, PROTOCOL_RULES);

  expect(held([0], [3])).toEqual([]);
  expect(held([0], [3, 4])).toEqual([3, 4]);
  expect(held([0, 2], [3])).toEqual([3]);
  expect(held([0, 2], [])).toEqual([]);
});

test('what does not serve as it is may be taken down whatever the others do', () => {
  const takeDown = { policies: wanted, rolling: [0], unready: [1, 2], isDown: true };

  expect(holdsUp(takeDown, PROTOCOL_RULES)).toEqual([]);
});

test('nobody is asked where so many may be down at once', () => {
  expect(mayBeHeldUp({ unavailableMax: 1 }, [0], [])).toBe(false);
  expect(mayBeHeldUp({ unavailableMax: 3 }, [0], [1, 2])).toBe(false);
  expect(mayBeHeldUp({ unavailableMax: 2 }, [0], [1, 2])).toBe(true);
});

test('a restart starts nothing of a service that was stopped before its turn came', () => {
  const noted = new Map([[0, 1]]);

  expect(planRestart(wanted, standing({ service: { ...service, running: false } }), noted)).toEqual(
    [],
  );
});

test('a restart starts what it stopped, even if the member still says that it serves', () => {
  const noted = new Map([[0, 0]]);
  const units = new Map([[0, { revision: 'r', digest: 'd0', running: false }]]);

  expect(ids(planRestart(wanted, standing({ units }), noted)).flat()).toEqual([
    'unit.start:pg-0',
    'wait.ready:pg-0',
  ]);
});

test('a delete removes each record before anything that the record refers to', () => {
  const order = ids(planDelete(wanted, standing({ service: { ...service, deletion: 'wipe' } })));

  expect(order.map((steps) => steps[0])).toEqual([
    'unit.remove:pg-0',
    'wait.idle:pg-0',
    'member.remove:pg-0',
    'name.remove:pg-0',
    'volume.remove:u1-0-data',
  ]);
});

test('a delete that retains leaves volumes and secrets where they are', () => {
  const kinds = ids(planDelete(wanted, standing())).flat();

  expect(kinds.filter((id) => /^(volume|secret)\./.test(id))).toEqual([]);
});

test.each([
  ['whose recipe has none, of a store whose lists may be old', [], false, ['secret.remove:admin']],
  ['that was never given one', wanted.members, true, ['secret.remove:admin']],
  ['that an old list may not show', wanted.members, false, []],
] as const)(
  'a delete that retains, of a service without volumes %s',
  (_, members, sure, removed) => {
    const bare = wanted.members.map((one) => ({ ...one, volumes: [] }));
    const of = { ...wanted, members: members.length === 0 ? bare : members };
    const seen = standing({ volumes: new Set(), volumesComplete: sure });

    const kinds = ids(planDelete(of, seen)).flat();

    expect(kinds.filter((id) => /^(volume|secret)\./.test(id))).toEqual(removed);
  },
);

test('a delete that retains keeps the secrets of volumes that a member refers to', () => {
  const volume = { id: 'v', role: 'data', fsUuid: 'f', format: 'done', holderToken: null } as const;
  const members = new Map([[0, member(0, { volumes: [volume] })]]);

  const of = { ...wanted, members: wanted.members.map((one) => ({ ...one, volumes: [] })) };
  const seen = standing({ volumes: new Set(), volumesComplete: false, members });

  const kinds = ids(planDelete(of, seen)).flat();

  expect(kinds.filter((id) => id.startsWith('secret.'))).toEqual([]);
});

test('a delete removes units that an old list does not show', () => {
  const [first] = ids(planDelete(wanted, standing({ units: new Map() })));

  expect(first).toEqual(['unit.remove:pg-0', 'unit.remove:pg-1', 'unit.remove:pg-2']);
});
