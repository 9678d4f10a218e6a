import { FireCampError } from '@firecamp/core';
import { JSON_DEPTH_MAX } from './protocol.ts';

/**
 * JSON that means one thing: no key twice in an object, of which one reader takes the first and
 * another the last, and no nesting that ends a reader.
 *
 * @throws `INVALID_ARGUMENT`
 */
export function parseStrict(text: string): unknown {
  checkShape(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(error instanceof Error ? error.message : String(error), error);
  }
}

/** What is open at a place of the text: the keys of an object so far, null for a list. */
type Open = Set<string> | null;

/** Passes over text that is no JSON at all: the parser says that better. */
function checkShape(text: string): void {
  const open: Open[] = [];
  let isKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case '{':
      case '[':
        if (open.length === JSON_DEPTH_MAX) throw invalid(`nested deeper than ${JSON_DEPTH_MAX}`);
        isKey = text[at] === '{';
        open.push(isKey ? new Set() : null);
        break;
      case '}':
      case ']':
        open.pop();
        isKey = false;
        break;
      case ',':
        isKey = open.at(-1) instanceof Set;
        break;
      case ':':
        isKey = false;
        break;
      case '"': {
        const end = endOfText(text, at);
        if (isKey) checkKey(open.at(-1), text.slice(at, end + 1));
        at = end;
        break;
      }
    }
  }
}

function endOfText(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function checkKey(keys: Open | undefined, quoted: string): void {
  const key = keyOf(quoted);
  if (key === null || keys === undefined || keys === null) return;
  if (keys.has(key)) throw invalid(`the key ${quoted.slice(0, 80)} comes twice in one object`);
  keys.add(key);
}

/** Two spellings of one key are one key. */
function keyOf(quoted: string): string | null {
  try {
    return String(JSON.parse(quoted));
  } catch {
    return null;
  }
}

function invalid(message: string, cause?: unknown): FireCampError {
  return new FireCampError(
    'INVALID_ARGUMENT',
    `the body is not JSON that can be used: ${message}`,
    {
      operation: 'gateway',
      cause,
    },
  );
}
