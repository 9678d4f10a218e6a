/** What a caller may do after each code. An adapter chooses a code; it cannot invent a retry rule. */
const AFTER = {
  INVALID_ARGUMENT: 'fix-call',
  UNSUPPORTED: 'fix-call',
  PERMISSION_DENIED: 'fix-setup',
  NOT_FOUND: 'give-up',
  ALREADY_EXISTS: 'give-up',
  FAILED_PRECONDITION: 'change-state',
  CONFLICT: 'reread-and-retry',
  EXHAUSTED: 'back-off-and-retry',
  UNAVAILABLE: 'back-off-and-retry',
  UNKNOWN_OUTCOME: 'reread-and-retry',
  ABORTED: 'give-up',
  CORRUPT: 'give-up',
  INTERNAL: 'give-up',
} as const;

/** The closed set of codes; see the table in `docs/words.md` for their meaning. */
export type ErrorCode = keyof typeof AFTER;

/** Every code, in a stable order, for tables and tests. */
export const ERROR_CODES: readonly ErrorCode[] = Object.keys(AFTER) as ErrorCode[];

/** What a caller may do after an error. */
export type After = (typeof AFTER)[ErrorCode];

/** The facts that go with an error. */
export interface ErrorDetails {
  /** `interface.method`, for example `VolumeStore.create`. */
  readonly operation: string;
  /** Ids that a reader needs to find the thing: never secrets, never whole payloads. */
  readonly subject?: Readonly<Record<string, string>>;
  /** With `CONFLICT` of a database: the entry that stands there now, null when there is none. */
  readonly current?: unknown;
  /** What a person has to type where neither time nor a repeat helps. */
  readonly remedy?: string;
  /** The provider's own error, untouched. */
  readonly cause?: unknown;
}

const NAME = 'FireCampError';

/** The one error that crosses an interface of core. Branch on {@link code}, never on the text. */
export class FireCampError extends Error {
  override readonly name: string = NAME;
  readonly code: ErrorCode;
  readonly operation: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly current: unknown;
  /** What a person has to type; empty where a repeat may help, or where nothing is known. */
  readonly remedy: string;

  constructor(code: ErrorCode, message: string, details: ErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.operation = details.operation;
    this.subject = details.subject ?? {};
    this.current = details.current;
    this.remedy = details.remedy ?? '';
  }

  get after(): After {
    return AFTER[this.code];
  }

  /** Recognises the error by shape, so a second copy of core in `node_modules` does no harm. */
  static is(value: unknown, code?: ErrorCode): value is FireCampError {
    if (!(value instanceof Error) || value.name !== NAME || !('code' in value)) return false;
    return code === undefined ? Object.hasOwn(AFTER, String(value.code)) : value.code === code;
  }
}
