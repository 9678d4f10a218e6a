import { isAbsolute, normalize } from 'node:path';
import { FireCampError } from '@firecamp/core';

/** Reads the options of one adapter, and says of each fault at which key it is. */
export class OptionReader {
  readonly #adapter: string;
  readonly #group: Readonly<Record<string, unknown>>;

  /** @throws `INVALID_ARGUMENT` - it is no group of options, or has one that is not known. */
  constructor(adapter: string, options: unknown, keys: readonly string[]) {
    this.#adapter = adapter;
    if (typeof options !== 'object' || options === null || Array.isArray(options)) {
      throw this.fault('', `expected an object with the keys ${keys.join(', ')}`);
    }
    for (const key of Object.keys(options)) {
      if (!keys.includes(key)) throw this.fault(key, `is not one of ${keys.join(', ')}`);
    }
    this.#group = { ...options };
  }

  /** Undefined where it was left out. */
  value(key: string): unknown {
    return this.#group[key];
  }

  /** An absolute path: a relative one would be another folder for each program. */
  folder(key: string): string {
    const path = this.value(key);
    const good = typeof path === 'string' && isAbsolute(path) && !path.includes('\0');
    if (good && normalize(path) !== '/') return normalize(path).replace(/\/$/, '');
    throw this.fault(key, `expected an absolute path below /, found ${shown(path)}`);
  }

  /** @throws the error that says what was expected. */
  fault(key: string, message: string): FireCampError {
    const at = key === '' ? '' : `${key}: `;
    return new FireCampError('INVALID_ARGUMENT', `${at}${message}`, {
      operation: `${this.#adapter}.parse`,
      subject: { key },
    });
  }
}

/** A value of a person, shortened for a message. */
export function shown(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
