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
