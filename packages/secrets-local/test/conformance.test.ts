import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@firecamp/compose';
import { register, type SecretFixture, secretCases } from '@firecamp/core/conformance';
import { FaultWire } from '@firecamp/files/faults';
import { createPrivateFolder } from '@firecamp/secrets-local';
import * as vitest from 'vitest';

async function fixture(): Promise<SecretFixture> {
  const root = await mkdtemp(join(tmpdir(), 'firecamp-test-'));
  const wire = new FaultWire();
  return {
    secrets: createPrivateFolder(root, wire),
    peer: createPrivateFolder(root, wire),
    clock: systemClock,
    freshId: () => `case-${randomUUID().slice(0, 30)}`.replace(/-$/, '0'),
    instruments: {
      requests: () => wire.requests(),
      loseRequest: () => wire.loseRequest(),
      loseAnswer: () => wire.loseAnswer(),
      delayRequest: () => wire.delayRequest(),
      leaveUnanswered: (which) => wire.leaveUnanswered(which),
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true }),
  };
}

register(vitest, 'secrets in a private folder', secretCases(), fixture, {
  failPage2: 'a list is one look at the folder, which has no pages',
});
