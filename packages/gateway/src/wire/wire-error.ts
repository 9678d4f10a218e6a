import { ERROR_CODES, type ErrorCode, FireCampError } from '@firecamp/core';

/** An error as it crosses the wire: the code survives, the cause does not. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly operation: string;
  readonly subject: Readonly<Record<string, string>>;
  /** Only with `CONFLICT`: what stands there. */
  readonly current?: unknown;
  /** What a person has to type; left out where nothing is known. */
  readonly remedy?: string;
}

const STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  UNSUPPORTED: 422,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  FAILED_PRECONDITION: 412,
  CONFLICT: 409,
  EXHAUSTED: 429,
  UNAVAILABLE: 503,
  UNKNOWN_OUTCOME: 504,
  ABORTED: 503,
  CORRUPT: 500,
  INTERNAL: 500,
};

/** For proxies and people; our own client reads the code. */
export function statusOf({ code }: WireError): number {
  return STATUS[code];
}

export function toWire(error: FireCampError): WireError {
  const { code, message, operation, subject, current, remedy } = error;
  const plain = { code, message, operation, subject, ...(remedy === '' ? {} : { remedy }) };
  return code === 'CONFLICT' ? { ...plain, current: current ?? null } : plain;
}

/** @returns null where it is no error of ours. */
export function fromWire(value: unknown): FireCampError | null {
  if (typeof value !== 'object' || value === null) return null;
  const { code, message, operation, subject, current, remedy } = value as Partial<
    Record<keyof WireError, unknown>
  >;
  const known = ERROR_CODES.find((each) => each === code);
  if (known === undefined || typeof message !== 'string') return null;
  return new FireCampError(known, message, {
    operation: typeof operation === 'string' ? operation : 'gateway',
    subject: texts(subject),
    ...(typeof remedy === 'string' ? { remedy } : {}),
    ...(known === 'CONFLICT' ? { current: current ?? null } : {}),
  });
}

function texts(value: unknown): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null) return {};
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return Object.fromEntries(entries);
}
