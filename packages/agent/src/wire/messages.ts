import { FireCampError } from '@firecamp/core';
import { z } from 'zod';
import type { MountAnswer, MountRequest } from '../api.ts';

// The bodies of the agent's calls: the node's runtime is another program, of another version.

const mountRequest: z.ZodType<MountRequest> = z.object({
  task: z.string().min(1).max(200),
  member: z.object({
    service: z.string().regex(/^[a-z0-9-]{1,36}$/, 'is not a uid'),
    ordinal: z.number().int().min(0).max(9_999),
  }),
});

const mountAnswer: z.ZodType<MountAnswer> = z.object({
  name: z.string(),
  address: z.string(),
  volumes: z.record(z.string(), z.string()),
  files: z.string(),
  secrets: z.string(),
});

/** @throws `INVALID_ARGUMENT` - naming the key that is not as it must be. */
export function readMountRequest(value: unknown): MountRequest {
  return read(mountRequest, value, 'INVALID_ARGUMENT');
}

/** @throws `INTERNAL` - it is no such answer. */
export function readMountAnswer(value: unknown): MountAnswer {
  return read(mountAnswer, value, 'INTERNAL');
}

function read<T>(schema: z.ZodType<T>, value: unknown, code: 'INVALID_ARGUMENT' | 'INTERNAL'): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const key = issue?.path.join('.') ?? '';
  throw new FireCampError(code, `${key === '' ? 'the body' : key}: ${issue?.message}`, {
    operation: 'agent.wire',
    subject: { key },
  });
}
