import { ERROR_CODES, type ErrorCode, FireCampError } from '@firecamp/core';

/** An error on the wire: its code survives, its cause does not. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly operation: string;
  readonly subject: Readonly<Record<string, string>>;
}

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
  if (isWireError(value)) return new FireCampError(value.code, value.message, value);
  return new FireCampError('INTERNAL', 'the answer is not one that we know', { operation });
}

// By hand: each command reads such answers, and to load a library of schemas takes it longer.
function isWireError(value: unknown): value is WireError & { readonly current?: unknown } {
  const { code, message, operation, subject } = Object(value) as Partial<
    Record<keyof WireError, unknown>
  >;
  return (
    ERROR_CODES.some((known) => known === code) &&
    typeof message === 'string' &&
    typeof operation === 'string' &&
    isTexts(subject)
  );
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((each) => typeof each === 'string');
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
