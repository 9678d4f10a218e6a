const REDACTED = '***';
const INSPECT = Symbol.for('nodejs.util.inspect.custom');

/** A value that prints as `***` wherever it is printed. Only {@link reveal} gives it. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: hand it to the one who needs it, and store it nowhere. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }
}

Object.defineProperty(Secret.prototype, INSPECT, { value: (): string => REDACTED });
