import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemRandom } from '@firecamp/compose';
import type { AdapterContext } from '@firecamp/core';
import { register, type SecretFixture, secretCases } from '@firecamp/core/conformance';
import { privateFolder } from '@firecamp/secrets-local';
import * as vitest from 'vitest';

const context: AdapterContext = {
  cluster: 'test',
  clock: systemClock,
  random: systemRandom,
  node: null,
  boot: null,
  stateFolder: tmpdir(),
};

async function fixture(): Promise<SecretFixture> {
  const root = await mkdtemp(join(tmpdir(), 'firecamp-test-'));
  const { control, instruments } = privateFolder.instrumented?.({ root }) ?? {};
  if (control == null || instruments === undefined) throw new TypeError('it has instruments');
  return {
    secrets: control(context),
    peer: control(context),
    clock: systemClock,
    freshId: () => `case-${randomUUID().slice(0, 30)}`.replace(/-$/, '0'),
    instruments,
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}

register(vitest, 'secrets in a private folder', secretCases(), fixture, {
  failPage2: 'a list is one look at the folder, which has no pages',
});
