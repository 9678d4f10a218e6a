import { FireCampError } from '@firecamp/core';
import { printable } from './table.ts';

/** What is longer quotes somebody's input, and its end says what is wrong with it. */
const MESSAGE_LENGTH_MAX = 2_000;

/** An error as programs get it: the code survives, the cause does not. */
export interface WireError {
  readonly code: string;
  readonly message: string;
  readonly operation: string;
  readonly subject: Readonly<Record<string, string>>;
}

export function wireError(error: unknown): WireError {
  if (FireCampError.is(error)) {
    const { code, message, operation, subject } = error;
    return { code, message, operation, subject };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'INTERNAL', message, operation: 'firecamp', subject: {} };
}

/** What a person reads; a bug of ours shows where it happened. */
export function errorText(error: unknown): string {
  if (FireCampError.is(error) && error.code !== 'INTERNAL') {
    return `firecamp: ${printable(shortened(error.message))}`;
  }
  const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `firecamp: this is a mistake in FireCamp itself, please report it:\n${trace}`;
}

function shortened(text: string): string {
  if (text.length <= MESSAGE_LENGTH_MAX) return text;
  const half = MESSAGE_LENGTH_MAX / 2;
  return `${text.slice(0, half)} ... ${text.slice(-half)}`;
}
