import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';

/** Of this package, however its code was put together. */
export function version(): string {
  const path = findPackageJSON(import.meta.url);
  if (path === undefined) throw new TypeError('the package of this code has no package.json');
  return (JSON.parse(readFileSync(path, 'utf8')) as { readonly version: string }).version;
}
