import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Document, documentOf, type Parsed, type Place } from './document.ts';

/** In the state folder: a configuration that was read, so that it need not be parsed again. */
const FILE = 'configuration.json';

/** Another one where the same text would mean something else. */
const FORM = 1;

/** What the file holds. */
interface Memory {
  readonly form: typeof FORM;
  readonly text: string;
  readonly value: Parsed['value'];
  readonly places: readonly (readonly [path: string, place: Place])[];
}

export function memoryPath(stateFolder: string): string {
  return join(stateFolder, FILE);
}

/** @param bytes - of which `parsed` was read, so that they are UTF-8. */
export function memoryOf(bytes: Uint8Array, { value, places }: Parsed): string {
  const text = new TextDecoder().decode(bytes);
  const memory: Memory = { form: FORM, text, value, places: [...places] };
  return `${JSON.stringify(memory)}\n`;
}

/**
 * The document that these very bytes were read as before. Whatever is wrong with the memory, there
 * is none: the bytes are parsed then.
 */
export async function recall(
  file: string,
  bytes: Uint8Array,
  stateFolder: string,
): Promise<Document | null> {
  try {
    const memory: Partial<Memory> = JSON.parse(await readFile(memoryPath(stateFolder), 'utf8'));
    const { form, text, value, places } = memory;
    if (form !== FORM || text === undefined || !Buffer.from(text).equals(bytes)) return null;
    if (value === undefined || places === undefined) return null;
    return documentOf(file, { value, places: new Map(places) });
  } catch {
    return null;
  }
}
