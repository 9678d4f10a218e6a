import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Loads a package by its name. @returns null where it is not installed. */
export type ImportPackage = (name: string) => Promise<Readonly<Record<string, unknown>> | null>;

/**
 * Loads packages as a module in one of these folders would, the first that has it.
 *
 * @param folders - absolute.
 */
export function importFrom(folders: readonly string[]): ImportPackage {
  return async (name) => {
    const path = folders.map((folder) => resolved(folder, name)).find((found) => found !== null);
    return path === undefined ? null : await import(pathToFileURL(path ?? '').href);
  };
}

function resolved(folder: string, name: string): string | null {
  try {
    return createRequire(join(folder, 'module.js')).resolve(name);
  } catch (error) {
    // Any other error is one of the package itself, which its author wants to see.
    const code = error instanceof Error && 'code' in error ? error.code : null;
    if (code === 'MODULE_NOT_FOUND') return null;
    throw error;
  }
}
