import { FireCampError, type Secret, type ServiceRecord } from '@firecamp/core';
import type { CareParts } from './parts.ts';

const KEPT_MAX = 256;

/** The values of recipes' secrets. A version never changes, so that it is read once. */
export class CaredSecrets {
  readonly #parts: CareParts;
  readonly #kept = new Map<string, Secret>();

  constructor(parts: CareParts) {
    this.#parts = parts;
  }

  /** @throws `FAILED_PRECONDITION` - the service's record names no secret of that name. */
  async read(service: ServiceRecord, name: string, signal: AbortSignal): Promise<Secret> {
    const reference = referenceOf(service, name);
    const kept = this.#kept.get(reference);
    if (kept !== undefined) return kept;
    const at = reference.lastIndexOf('@');
    const value = await this.#parts.secrets.read(reference.slice(0, at), reference.slice(at + 1), {
      signal,
    });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT_MAX && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(reference, value);
    return value;
  }

  /** All that the recipe wants, by name. */
  async all(
    service: ServiceRecord,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, Secret>>> {
    const wanted = this.#parts.catalog.wanted(service).secrets;
    const read = wanted.map(
      async ({ name }) => [name, await this.read(service, name, signal)] as const,
    );
    return Object.fromEntries(await Promise.all(read));
  }
}

/** The version of each of the service's secrets, by its name in the recipe. */
export function secretVersions(service: ServiceRecord): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(service.secrets).map(([name, reference]) => [
      name,
      reference.slice(reference.lastIndexOf('@') + 1),
    ]),
  );
}

function referenceOf(service: ServiceRecord, name: string): string {
  const reference = service.secrets[name];
  if (reference?.includes('@') === true) return reference;
  throw new FireCampError(
    'FAILED_PRECONDITION',
    `${service.name}: the record names no secret ${name}`,
    { operation: 'care.secret', subject: { service: service.name, secret: name } },
  );
}
