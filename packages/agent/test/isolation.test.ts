import { type Database, EMBEDDED_TIMING, FireCampError, stopAfterMsMin } from '@firecamp/core';
import { expect, onTestFinished, test } from 'vitest';
import { Lab, type LabNode, MEMBER, type RunningAgent } from './support/lab.ts';

const STOP_AFTER_MS = 6_000;
const { beatMs, pollMs } = EMBEDDED_TIMING;
/** The manual clock moves by this. */
const STEP_MS = 20;

interface Stand {
  readonly lab: Lab;
  readonly node: LabNode;
  readonly running: RunningAgent;
  /** When the database was left, by the clock. */
  leave(): number;
  comeBack(): void;
}

/** A member that runs on a node whose database can go away. */
async function runningMember(
  isolation: { readonly stopAfterMs: number } | null,
  change: (node: LabNode) => void = () => {},
): Promise<Stand> {
  const lab = new Lab();
  await lab.create(isolation === null ? {} : { isolation });
  const node = lab.node('n1');
  change(node);
  let away = false;
  const { database } = lab;
  const open = (): Database => {
    if (!away) return database;
    throw new FireCampError('UNAVAILABLE', 'it is away', { operation: 'Database' });
  };
  const gated: Database = {
    capabilities: database.capabilities,
    get: async (...call) => open().get(...call),
    list: (...call) => open().list(...call),
    write: async (...call) => open().write(...call),
    watch: (...call) => database.watch(...call),
  };
  const running = lab.start(node, 1, { database: gated });
  onTestFinished(async () => {
    running.stop();
    await running.ended;
  });
  node.engine.create('t1', MEMBER);
  let answered = false;
  running.agent.mount({ task: 't1', member: MEMBER }).then(
    () => {
      answered = true;
      node.engine.start('t1');
    },
    () => {},
  );
  await lab.clock.until('t1 is answered', () => answered, 60_000);
  await lab.clock.pass(2 * beatMs);
  const leave = (): number => {
    away = true;
    return lab.clock.leaseNowMs();
  };
  const comeBack = (): void => {
    away = false;
  };
  return { lab, node, running, leave, comeBack };
}

test('a member with isolation is ended in time when no beat is acknowledged', async () => {
  const { lab, node, leave } = await runningMember({ stopAfterMs: STOP_AFTER_MS });

  leave();
  const ms = await lab.clock.until('its end', () => node.engine.state('t1') === 'ended', 60_000);

  // The last beat that was acknowledged had been sent at most a beat before.
  expect(ms).toBeGreaterThan(STOP_AFTER_MS - beatMs - pollMs);
  expect(ms).toBeLessThanOrEqual(STOP_AFTER_MS + pollMs + 2 * STEP_MS);
  expect(node.engine.killed).toContain('t1');
});

test('a member without isolation is stopped by no silence, and no watchdog hears of it', async () => {
  const { lab, node, leave } = await runningMember(null);

  leave();
  await lab.clock.pass(10 * STOP_AFTER_MS);

  expect(node.engine.state('t1')).toBe('running');
  expect(node.engine.killed).toEqual([]);
  expect(node.engine.keptUntilMs.size).toBe(0);
});

test('a database that comes back in time stops no member', async () => {
  const { lab, node, leave, comeBack } = await runningMember({ stopAfterMs: STOP_AFTER_MS });

  leave();
  await lab.clock.pass(STOP_AFTER_MS - 2 * beatMs);
  comeBack();
  await lab.clock.pass(3 * STOP_AFTER_MS);

  expect(node.engine.state('t1')).toBe('running');
});

test('the watchdog is told no later time than the last acknowledged beat allows', async () => {
  const { lab, node, leave } = await runningMember({ stopAfterMs: STOP_AFTER_MS });

  await lab.clock.pass(5 * beatMs);
  const leftMs = leave();
  await lab.clock.pass(2 * beatMs);

  const untilMs = node.engine.keptUntilMs.get('t1') ?? 0;
  expect(untilMs).toBeLessThanOrEqual(leftMs + STOP_AFTER_MS);
  expect(untilMs).toBeGreaterThan(leftMs + STOP_AFTER_MS - beatMs - pollMs - 2 * STEP_MS);
});

test('where there is no watchdog the agent alone ends it', async () => {
  const { lab, node, leave } = await runningMember({ stopAfterMs: STOP_AFTER_MS }, ({ engine }) => {
    engine.keepAlive = async () => {
      throw new FireCampError('UNSUPPORTED', 'no watchdog', { operation: 'NodeRuntime.keepAlive' });
    };
  });

  leave();
  await lab.clock.until('its end', () => node.engine.state('t1') === 'ended', 2 * STOP_AFTER_MS);

  expect(node.engine.killed).toContain('t1');
});

test('a watchdog that cannot be told lets nothing start', async () => {
  const lab = new Lab();
  await lab.create({ isolation: { stopAfterMs: STOP_AFTER_MS } });
  const node = lab.node('n1');
  node.engine.keepAlive = async () => {
    throw new FireCampError('UNAVAILABLE', 'it hangs', { operation: 'NodeRuntime.keepAlive' });
  };
  const running = lab.start(node, 1);
  node.engine.create('t1', MEMBER);
  let answered = false;
  running.agent.mount({ task: 't1', member: MEMBER }).then(
    () => {
      answered = true;
    },
    () => {},
  );

  await lab.clock.pass(20_000);
  running.stop();
  await running.ended;

  expect(await lab.member()).toMatchObject({ phase: 'mounted', seeded: true });
  expect(answered).toBe(false);
});

test('the next incarnation goes on keeping an adopted member alive', async () => {
  const { lab, node, running } = await runningMember({ stopAfterMs: STOP_AFTER_MS });
  running.stop();
  await running.ended;
  const toldMs = node.engine.keptUntilMs.get('t1') ?? 0;

  const next = lab.start(node, 2);
  await lab.clock.pass(STOP_AFTER_MS);
  next.stop();
  await next.ended;

  expect(node.engine.keptUntilMs.get('t1')).toBeGreaterThan(toldMs);
  expect(node.engine.state('t1')).toBe('running');
});

test('the shortest isolation outlasts one beat that timed out', () => {
  const { requestMs } = EMBEDDED_TIMING;

  expect(stopAfterMsMin(EMBEDDED_TIMING)).toBe(beatMs + 2 * requestMs + pollMs);
  expect(stopAfterMsMin(EMBEDDED_TIMING)).toBeLessThan(STOP_AFTER_MS);
});
