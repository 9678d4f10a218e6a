import type { Random } from '../clock.ts';

/**
 * A secret of at least `bytes` bytes of chance, in `[a-z0-9]`. It is built from ids, whose
 * randomness on a real machine comes from the operating system; `Random.next` is not used, since
 * it need not be fit for secrets.
 */
export function randomText(random: Random, bytes: number): string {
  // An id gives at least 12 bytes of chance, also where it is a version 4 UUID (122 bits).
  const ids = Array.from({ length: Math.ceil(bytes / 12) }, () => random.id());
  return ids.map((id) => id.replaceAll('-', '')).join('');
}
