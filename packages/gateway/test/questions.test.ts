import { FireCampError, type Manager } from '@firecamp/core';
import { type Questions, remoteManager } from '@firecamp/gateway';
import { expect, test } from 'vitest';
import { clock, failure, MANAGER, node, type Running, running } from './machine.ts';
import { mountedMember } from './policy/records.ts';

const SERVICE = { uid: 'svc', name: 'pg', members: 1 };
const NODE = { id: 'node-1', facts: null, beat: null, orchestrator: null };
const BAD = { collection: 'services', id: 's0', name: null, code: 'CORRUPT', why: 'it is spoilt' };
/** More than fits into one message. */
const MEMBERS = 1_500;

/** A manager that knows one service, as far as the gateway looks at what it says. */
const manager = {
  services: async () => ({ items: [SERVICE], unreadable: [BAD] }),
  status: async (name: string) => {
    if (name !== SERVICE.name) {
      throw new FireCampError('NOT_FOUND', `no service named ${name}`, {
        operation: 'Manager.findService',
        subject: { service: name },
      });
    }
    const record = { ...mountedMember('node-1'), lastError: 'x'.repeat(1_000) };
    const member = { record, beat: null, task: null, ready: true };
    return {
      service: SERVICE,
      members: Array(MEMBERS).fill(member),
      operation: null,
      unreadable: [BAD],
    };
  },
  nodes: async () => ({ items: [NODE], unreadable: [] }),
  operations: async () => ({ items: [], unreadable: [] }),
} as unknown as Manager;

async function asked(home: Running, by = MANAGER): Promise<Questions & AsyncDisposable> {
  const options = { at: { socket: home.socket }, tokenFile: await home.tokenFile(by) };
  return remoteManager({ ...options, requestMs: 10_000 }, clock);
}

test('what the manager says comes to a command as it was said', async () => {
  await using home = await running({ manager });
  await using remote = await asked(home);

  expect(await remote.services()).toEqual(await manager.services());
  expect(await remote.nodes()).toEqual(await manager.nodes());
  expect(await remote.operations()).toEqual({ items: [], unreadable: [] });
});

test('the status of a service comes whole, however many members it has', async () => {
  await using home = await running({ manager });
  await using remote = await asked(home);

  const status = await remote.status('pg');

  expect(status).toEqual(await manager.status('pg'));
  expect(status.members).toHaveLength(MEMBERS);
});

test('what the manager refuses is refused in its words', async () => {
  await using home = await running({ manager });
  await using remote = await asked(home);

  const error = await failure(remote.status('redis'));

  expect(error).toMatchObject({ code: 'NOT_FOUND', operation: 'Manager.findService' });
  expect(error).toMatchObject({ message: 'no service named redis', subject: { service: 'redis' } });
});

test('an agent is answered no question about services of others', async () => {
  await using home = await running({ manager });
  await using remote = await asked(home, node('node-1'));

  expect(await failure(remote.services())).toMatchObject({ code: 'UNSUPPORTED' });
  expect(await failure(remote.status('pg'))).toMatchObject({ code: 'UNSUPPORTED' });
  expect(await failure(remote.nodes())).toMatchObject({ code: 'UNSUPPORTED' });
  expect(await failure(remote.operations())).toMatchObject({ code: 'UNSUPPORTED' });
});

test('a gateway without a manager says that it answers no such question', async () => {
  await using home = await running();
  await using remote = await asked(home);

  expect(await failure(remote.status('pg'))).toMatchObject({ code: 'UNSUPPORTED' });
});
