import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Agent,
  type AgentStatus,
  agentClient,
  type MountRequest,
  metricsText,
  serveAgent,
} from '@firecamp/agent';
import { FireCampError } from '@firecamp/core';
import { callRpc } from '@firecamp/wire';
import { afterEach, beforeEach, expect, test } from 'vitest';

const status: AgentStatus = {
  node: 'node-a',
  boot: 'boot-1',
  incarnation: 'inc-1',
  state: 'beating',
  seq: 7,
  beatAgeMs: 1_500,
  beatError: '',
  members: [
    {
      member: 'uid/0',
      name: 'pg-0',
      generation: 3,
      phase: 'mounted',
      owned: true,
      task: 'pg-0-x',
      ready: true,
      role: 'pri"mary',
      waiting: '',
    },
  ],
};
const asked: MountRequest = { task: 'pg-0-x', member: { service: 'uid', ordinal: 0 } };
const answer = {
  name: 'pg-0',
  address: '127.77.0.1',
  volumes: { data: '/v' },
  files: '/f',
  secrets: '/s',
};

let folder = '';
let socket = '';
let seen: unknown[] = [];
let server: AsyncDisposable | null = null;

const agent: Agent = {
  run: async () => {},
  mount: async (input) => {
    seen.push(['mount', input]);
    if (input.member.ordinal === 1) {
      throw new FireCampError('UNAVAILABLE', 'it is still moving', { operation: 'Agent.mount' });
    }
    return answer;
  },
  unmount: async (input) => {
    seen.push(['unmount', input]);
  },
  beforeStop: async (input) => {
    seen.push(['before-stop', input]);
  },
  status: () => status,
};

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'fc-agent-'));
  socket = join(folder, 'agent.sock');
  seen = [];
  server = await serveAgent(socket, agent);
});

afterEach(async () => {
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function page(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ socketPath: socket, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
      });
      response.on('end', () => resolve(text));
    })
      .once('error', reject)
      .end();
  });
}

test('mount, unmount and what comes before a stop reach the agent as they were asked', async () => {
  const client = agentClient(socket);

  expect(await client.mount(asked)).toEqual(answer);
  await client.unmount(asked);
  const target = { socket, method: 'before-stop', timeoutMs: 30_000, effect: true };
  await callRpc(target, asked);

  expect(seen).toEqual([
    ['mount', asked],
    ['unmount', asked],
    ['before-stop', asked],
  ]);
});

test('a move that is not over yet is UNAVAILABLE at the other end too', async () => {
  const other = { ...asked, member: { service: 'uid', ordinal: 1 } };

  await expect(agentClient(socket).mount(other)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: 'it is still moving',
  });
});

test.each([
  ['no task', { member: asked.member }, 'task'],
  ['a path for a service', { ...asked, member: { service: '../x', ordinal: 0 } }, 'member.service'],
  ['half an ordinal', { ...asked, member: { service: 'x', ordinal: 0.5 } }, 'member.ordinal'],
  ['an empty task', { ...asked, task: '' }, 'task'],
  ['a task of 201 letters', { ...asked, task: 'x'.repeat(201) }, 'task'],
  ['a task that is a number', { ...asked, task: 7 }, 'task'],
  ['an empty service', { ...asked, member: { service: '', ordinal: 0 } }, 'member.service'],
  ['an ordinal below 0', { ...asked, member: { service: 'x', ordinal: -1 } }, 'member.ordinal'],
  [
    'an ordinal too high',
    { ...asked, member: { service: 'x', ordinal: 10_000 } },
    'member.ordinal',
  ],
  ['an ordinal as a text', { ...asked, member: { service: 'x', ordinal: '0' } }, 'member.ordinal'],
  ['a member that is a list', { ...asked, member: [] }, 'member'],
  ['a list', [], ''],
  ['nothing at all', null, ''],
])('%s is refused by the name of its key', async (_what, input, key) => {
  const target = { socket, method: 'mount', timeoutMs: 30_000, effect: true };

  await expect(callRpc(target, input)).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
    subject: { key },
  });
  expect(seen).toEqual([]);
});

test('the status is a page of JSON, and the metrics are one of text', async () => {
  expect(JSON.parse(await page('/v1/status'))).toEqual(status);
  expect(await page('/metrics')).toBe(metricsText(status));
});

test('metrics name each member and escape what would end a label', () => {
  const lines = metricsText(status).split('\n');

  expect(lines).toContain('firecamp_agent_state{node="node-a",state="beating"} 1');
  expect(lines).toContain('firecamp_agent_state{node="node-a",state="starting"} 0');
  expect(lines).toContain('firecamp_agent_beat_age_seconds{node="node-a"} 1.5');
  expect(lines).toContain('firecamp_member_generation{member="pg-0"} 3');
  expect(lines).toContain(
    'firecamp_member_info{member="pg-0",phase="mounted",role="pri\\"mary"} 1',
  );
});
