import { FireCampError, type Json } from '@firecamp/core';

/** Where something stands in a file; both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A path into a document, for example `['nodes', 1, 'zone']`. */
export type Path = readonly (string | number)[];

/** What a file says, with the place of each of its values. */
export interface Document {
  /** As it is to be named in messages. */
  readonly file: string;
  readonly value: Json;
  /** The place of the value, or of the nearest thing around it. */
  place(path: Path): Place;
}

/** Far more than a person writes; a larger file is a mistake, or an attack. */
export const DOCUMENT_BYTES_MAX: number = 256 * 1024;

/** What a file says, and where: by {@link pathText}. */
export interface Parsed {
  readonly value: Json;
  readonly places: ReadonlyMap<string, Place>;
}

export function documentOf(file: string, { value, places }: Parsed): Document {
  const place = (path: Path): Place => {
    for (let length = path.length; length > 0; length -= 1) {
      const found = places.get(pathText(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return { line: 1, column: 1 };
  };
  return { file, value, place };
}

/** `nodes[1].zone`; empty for the document as a whole. */
export function pathText(path: Path): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`;
    return text === '' ? segment : `${text}.${segment}`;
  }, '');
}

/** What is wrong with a document, for a person who has it open in an editor. */
export function documentFault(
  document: Pick<Document, 'file' | 'place'>,
  path: Path,
  what: string,
  cause?: unknown,
): FireCampError {
  const { line, column } = document.place(path);
  const key = pathText(path);
  const where = `${document.file}:${line}:${column}: `;
  return new FireCampError('INVALID_ARGUMENT', `${where}${key === '' ? '' : `${key}: `}${what}`, {
    operation: 'Configuration.read',
    subject: { file: document.file, line: String(line), column: String(column), key },
    cause,
  });
}

/** How a value is called in a message, without ever showing a long one. */
export function described(value: Json | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  const text = JSON.stringify(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}..."` : text;
}

const SHOWN_LENGTH_MAX = 60;
