import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Machine, unit, until } from './machine.ts';

const machine = new Machine();
const { effect } = machine;
const member = (ordinal = 0) => ({ service: randomUUID(), ordinal });

beforeAll(() => machine.start());
afterAll(() => machine[Symbol.asyncDispose]());

test('a unit runs as one task with what its agent prepared', async () => {
  const ref = member();
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
  const environment = { WHERE: '${volume.data} ${files} ${secrets} ${address} ${name}' };
  const spec = unit(ref, 'echo "$WHERE"; env; exec sleep 300', { program: { environment } });

  await machine.orchestrator.applyUnit(spec, null, effect);

  const task = await machine.running(ref);
  const folder = (kind: string) => `${machine.folder}/${kind}/${ref.service}-0`;
  const where = [folder('volumes'), folder('files'), folder('secrets')].join(' ');
  const lines = await until('it printed', async () => {
    const found = await machine.logs(ref);
    return found.length > 5 ? found : null;
  });
  expect(lines).toContain(`${where} 127.77.0.1 ${ref.service}-0`);
  expect(lines).toContain(`FIRECAMP_TASK=${task.id}`);
  expect(lines.filter((line) => /^(VITEST|npm_|USER=)/.test(line))).toEqual([]);
});
