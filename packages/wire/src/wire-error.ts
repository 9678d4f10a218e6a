import { ERROR_CODES, type ErrorCode, FireCampError } from '@firecamp/core';
import { z } from 'zod';

/** An error on the wire: its code survives, its cause does not. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly operation: string;
  readonly subject: Readonly<Record<string, string>>;
}

const wireError = z.object({
  code: z.enum(ERROR_CODES as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  operation: z.string(),
  subject: z.record(z.string(), z.string()),
  current: z.unknown().optional(),
});

/** Total: what is not one of ours is a bug, and says so without its stack. */
export function toWire(error: unknown, operation: string): WireError & { current?: unknown } {
  if (FireCampError.is(error)) {
    const { code, message, subject, current } = error;
    return {
      code,
      message,
      operation: error.operation,
      subject,
      ...(current === undefined ? {} : { current }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, operation, subject: {} };
}

/** The reverse of {@link toWire}; an answer that is no such error is `INTERNAL`. */
export function fromWire(value: unknown, operation: string): FireCampError {
  const read = wireError.safeParse(value);
  if (read.success) return new FireCampError(read.data.code, read.data.message, read.data);
  return new FireCampError('INTERNAL', 'the answer is not one that we know', { operation });
}

/** The HTTP status that goes with a code, for whoever reads the traffic. */
export function statusOf(code: ErrorCode): number {
  switch (code) {
    case 'INVALID_ARGUMENT':
    case 'UNSUPPORTED':
      return 400;
    case 'PERMISSION_DENIED':
      return 403;
    case 'NOT_FOUND':
      return 404;
    case 'ALREADY_EXISTS':
    case 'CONFLICT':
      return 409;
    case 'FAILED_PRECONDITION':
      return 412;
    case 'EXHAUSTED':
      return 429;
    case 'UNAVAILABLE':
    case 'ABORTED':
      return 503;
    case 'UNKNOWN_OUTCOME':
    case 'CORRUPT':
    case 'INTERNAL':
      return 500;
  }
}
