import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync } from 'node:fs';
import { FireCampError, type Write } from '@firecamp/core';
import { sqliteDatabase } from '@firecamp/db-sqlite';
import { localNames, loopbackAddresses } from '@firecamp/dns-local';
import { remoteDatabase } from '@firecamp/gateway';
import { localProcesses } from '@firecamp/orch-local';
import { privateFolder } from '@firecamp/secrets-local';
import { sharedDirectories } from '@firecamp/storage-local';

/**
 * Loaded into a manager or an agent before its own code: kills it at the first return of each call
 * that changed a backend, before anybody has seen the answer. That is where each step has been done and
 * nothing says so; it is also where the step after it has not begun.
 *
 * The file that the environment names has the word of the act that is armed on its first line;
 * each point at which one of them died is added to it, and kills no other. No file: nobody dies.
 */
const file = process.env['FIRECAMP_TEST_CRASH_POINTS'] ?? '';

/** What beats and registrations write says nothing of an operation. */
const COLLECTIONS: readonly string[] = ['services', 'members', 'operations', 'reservations'];

function dieOnce(point: string): void {
  const lines = readOptional(file).split('\n').slice(0, -1);
  if (lines.length === 0 || lines.includes(point)) return;
  const opened = openSync(file, 'a');
  appendFileSync(opened, `${point}\n`);
  fsyncSync(opened);
  closeSync(opened);
  process.kill(process.pid, 'SIGKILL');
}

function readOptional(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function pointsOf(name: string, method: string, args: readonly unknown[]): readonly string[] {
  if (method !== 'write') return [`${name}.${method}`];
  return (args[0] as readonly Write[])
    .filter(({ collection }) => COLLECTIONS.includes(collection))
    .map((write) => `${write.kind} ${write.collection} ${stateIn(write)}`.trim());
}

/** How far the record is, which tells one write of it from another. */
function stateIn(write: Write): string {
  if (write.kind === 'remove') return '';
  const { phase, state } = Object(write.value) as {
    readonly phase?: string;
    readonly state?: string;
  };
  return phase ?? state ?? '';
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other, so that none is done and not yet a point when the process dies of another. */
async function inTurn<T>(act: () => Promise<T>): Promise<T> {
  const done = last.then(act, act);
  last = done;
  return await done;
}

/** Whoever asked left before the answer: what is done then may never be asked for again. */
function mayBeDone(method: string, error: unknown): boolean {
  if (method === 'write') return false;
  return FireCampError.is(error, 'ABORTED') || FireCampError.is(error, 'UNKNOWN_OUTCOME');
}

/** Makes each changing call of the control half a point. */
function withPoints<T extends object>(name: string, half: T, changing: readonly string[]): T {
  for (const method of changing) {
    const call: unknown = Reflect.get(half, method);
    if (typeof call !== 'function') throw new TypeError(`${name} has no ${method}`);
    const act = async (args: readonly unknown[]): Promise<unknown> => {
      const [ended] = await Promise.allSettled([Promise.resolve(call.apply(half, args))]);
      if (ended.status === 'fulfilled' || mayBeDone(method, ended.reason)) {
        for (const point of pointsOf(name, method, args)) dieOnce(point);
      }
      if (ended.status === 'rejected') throw ended.reason;
      return ended.value;
    };
    // Another call may wait for the write of its lease.
    const value = (...args: readonly unknown[]): Promise<unknown> =>
      method === 'write' ? act(args) : inTurn(() => act(args));
    Object.defineProperty(half, method, { value });
  }
  return half;
}

/** Makes points of the changing calls of a half, which a manager or an agent then has. */
function crash(
  definition: { readonly name: string },
  half: 'control' | 'node' | 'mounts',
  ...changing: readonly string[]
): void {
  const { name } = definition;
  const make: unknown = Reflect.get(definition, half);
  if (typeof make !== 'function') throw new TypeError(`${name} has no ${half}`);
  const made = (...given: readonly unknown[]): object => withPoints(name, make(...given), changing);
  Object.assign(definition, { [half]: made });
}

crash(sqliteDatabase, 'control', 'write');
crash(sharedDirectories, 'control', 'create', 'remove');
crash(localNames, 'control', 'change');
crash(loopbackAddresses, 'control', 'allocate', 'assign', 'release');
crash(privateFolder, 'control', 'create', 'remove');
crash(localProcesses, 'control', 'applyUnit', 'startUnit', 'stopUnit', 'removeUnit');

crash(remoteDatabase, 'node', 'write');
crash(sharedDirectories, 'node', 'acquire', 'release');
crash(sharedDirectories, 'mounts', 'format', 'mount', 'unmount');
crash(loopbackAddresses, 'node', 'bind', 'unbind');
