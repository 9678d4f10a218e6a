import { Resolver } from 'node:dns/promises';

const ANSWER_MS_MAX = 1_000;

/** Answers that say that there is no such name, or no such record of it. */
const NOTHING: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Asks one DNS server, and no other, for the first IPv4 address of a name.
 *
 * @returns a function that gives null where the server says that there is none, and rejects where
 *   it does not answer.
 */
export function resolveBy(server: {
  readonly host: string;
  readonly port: number;
}): (name: string, signal: AbortSignal) => Promise<string | null> {
  return async (name, signal) => {
    const resolver = new Resolver({ timeout: ANSWER_MS_MAX, tries: 1 });
    resolver.setServers([`${server.host}:${server.port}`]);
    const cancel = (): void => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const [address] = await resolver.resolve4(name);
      return address ?? null;
    } catch (error) {
      if (error instanceof Error && 'code' in error && NOTHING.has(String(error.code))) return null;
      throw error;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}
