import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FireCampError, type MemberRef } from '@firecamp/core';
import { serveRpc } from '@firecamp/wire';

// Stands for a node's agent: writes down what it is asked, and answers as files in its folder say.

const [, , folder = '', node = '', socket = ''] = process.argv;

interface Request {
  readonly task: string;
  readonly member: MemberRef;
}

function note(kind: string, input: unknown): Request {
  const request = input as Request;
  const line = { kind, node, ...request, boot: process.env['FIRECAMP_NODE_BOOT'] };
  appendFileSync(join(folder, 'agent.log'), `${JSON.stringify(line)}\n`);
  return request;
}

function refuseIfTold(kind: string): void {
  const path = join(folder, `refuse-${kind}`);
  if (!existsSync(path)) return;
  const code =
    readFileSync(path, 'utf8').trim() === 'never' ? 'FAILED_PRECONDITION' : 'UNAVAILABLE';
  throw new FireCampError(code, `told to refuse ${kind}`, { operation: `agent.${kind}` });
}

await serveRpc(socket, {
  calls: {
    mount: async (input) => {
      const { member } = note('mount', input);
      refuseIfTold('mount');
      const name = `${member.service}-${member.ordinal}`;
      const [data, files, secrets] = ['volumes', 'files', 'secrets'].map((kind) =>
        join(folder, kind, name),
      );
      for (const path of [data, files, secrets]) mkdirSync(path ?? '', { recursive: true });
      return { name, address: `127.77.0.${member.ordinal + 1}`, volumes: { data }, files, secrets };
    },
    'before-stop': async (input) => {
      note('before-stop', input);
    },
    unmount: async (input) => {
      note('unmount', input);
      refuseIfTold('unmount');
    },
  },
});
appendFileSync(join(folder, 'agent.log'), `${JSON.stringify({ kind: 'up', node })}\n`);
