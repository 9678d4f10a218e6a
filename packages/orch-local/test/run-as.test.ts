import { randomUUID } from 'node:crypto';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Containment, localProcesses, probeContainment } from '@firecamp/orch-local';
import { afterEach, describe, expect, test } from 'vitest';
import { Machine, unit, until } from './machine.ts';

const NOBODY = 65_534;
const runAs = { uid: NOBODY, gid: NOBODY };
const here = await probeContainment();
const containments: readonly Containment[] =
  here === 'namespace' ? ['namespace', 'tree'] : ['tree'];

function asRoot(): void {
  let machine: Machine | null = null;
  afterEach(() => machine?.[Symbol.asyncDispose]());

  test.each(containments)(
    'members run as the user that was named, and own their folders, within a %s',
    async (containment) => {
      machine = new Machine({ runAs, containment });
      await machine.start();
      const member = { service: randomUUID(), ordinal: 0 };
      const data = join(machine.folder, 'volumes', `${member.service}-0`);
      const old = join(data, 'deep');
      mkdirSync(old, { recursive: true });
      writeFileSync(join(old, 'file'), 'of root');
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the node's runtime replaces it.
      const environment = { DATA: '${volume.data}' };
      const script = 'id -u; id -g; id -G; echo more >> "$DATA/deep/file"; exec sleep 300';

      const spec = unit(member, script, { program: { environment } });
      await machine.orchestrator.applyUnit(spec, null, machine.effect);

      const task = await machine.running(member);
      const logs = machine.logs.bind(machine, member);
      const lines = await until('it printed', async () => {
        const found = await logs();
        return found.length >= 3 ? found : null;
      });
      expect(lines).toEqual([`${NOBODY}`, `${NOBODY}`, `${NOBODY}`]);
      expect(statSync(data).uid).toBe(NOBODY);
      await machine.runtime(task.node).kill(task.id);
      expect(await machine.runtime(task.node).stopped(task.id)).toBe(true);
    },
  );
}

function notAsRoot(): void {
  test('to run members as another is refused by its key', () => {
    const options = { state: '/tmp/s', nodes: [{ id: 'a', zone: 'z' }], runAs };

    expect(() => localProcesses.parse(options)).toThrow(/runAs: only root/);
  });
}

if (process.getuid?.() === 0) describe('as root', asRoot);
else describe('not as root', notAsRoot);
