import { type FileHandle, open } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { FireCampError } from '@firecamp/core';
import type { Configuration } from './configuration.ts';
import { DOCUMENT_BYTES_MAX, type Document } from './document.ts';
import { memoryOf, memoryPath, recall } from './memory.ts';
import { parseConfiguration, stateFolderIn } from './parse-configuration.ts';

/**
 * Reads a file of YAML, such as a service's spec.
 *
 * @throws `INVALID_ARGUMENT` - there is no such file, it is no plain file, or `readYaml` refuses
 *   what is in it.
 */
export async function readDocument(file: string): Promise<Document> {
  return await parse(file, await readBytes(file));
}

/**
 * Reads a `firecamp.yaml`.
 *
 * @throws `INVALID_ARGUMENT` - as {@link readDocument}, or naming file, line, key and what was
 *   expected there.
 */
export async function readConfiguration(file: string): Promise<Configuration> {
  const folder = dirname(resolve(file));
  const bytes = await readBytes(file);
  const known = await recall(file, bytes, stateFolderIn(folder));
  return parseConfiguration(known ?? (await parse(file, bytes)), folder);
}

/**
 * What makes {@link readConfiguration} faster, once it is put in the state folder: it loads the
 * reader of YAML only for a text that differs.
 *
 * @throws as {@link readConfiguration}.
 */
export async function configurationMemory(
  file: string,
): Promise<{ readonly path: string; readonly text: string }> {
  const bytes = await readBytes(file);
  const { parseYaml } = await import('./read-yaml.ts');
  const path = memoryPath(stateFolderIn(dirname(resolve(file))));
  return { path, text: memoryOf(bytes, parseYaml(file, bytes)) };
}

async function parse(file: string, bytes: Uint8Array): Promise<Document> {
  const { readYaml } = await import('./read-yaml.ts');
  return readYaml(file, bytes);
}

async function readBytes(file: string): Promise<Uint8Array> {
  try {
    await using handle = await open(file, 'r');
    return await readPlain(file, handle);
  } catch (cause) {
    if (FireCampError.is(cause)) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const why = code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code}`;
    throw refusal(file, why, cause);
  }
}

async function readPlain(file: string, handle: FileHandle): Promise<Uint8Array> {
  const { size } = await regular(file, handle);
  if (size > DOCUMENT_BYTES_MAX) {
    throw refusal(file, `is ${size} bytes long, at most ${DOCUMENT_BYTES_MAX}`);
  }
  return handle.readFile();
}

async function regular(file: string, handle: FileHandle): Promise<{ readonly size: number }> {
  const stats = await handle.stat();
  if (!stats.isFile()) throw refusal(file, 'is not a plain file');
  return stats;
}

function refusal(file: string, why: string, cause?: unknown): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `${file}: ${why}`, {
    operation: 'Configuration.read',
    subject: { file },
    cause,
  });
}
