import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { check } from './protocol.ts';

/** What `processGone` needs to know. */
export interface FencerOptions {
  /** As in the options of `localProcesses`. */
  readonly sockets: string;
  /** The root of `sharedDirectories`; null where volumes are others'. */
  readonly volumes: string | null;
}

const folder = z.string().refine(isAbsolute, 'must be an absolute path');
const options: z.ZodType<FencerOptions> = z.strictObject({
  sockets: folder,
  volumes: folder.nullable().default(null),
});

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseFencerOptions(value: unknown): FencerOptions {
  return check(options, value, 'processGone.options');
}
