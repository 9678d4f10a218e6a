import { isAbsolute } from 'node:path';
import { DEFAULT_TIMING, FireCampError } from '@firecamp/core';

/** Where the gateway is, and who calls it. */
export interface RemoteOptions {
  readonly at:
    | { readonly socket: string }
    | {
        readonly url: URL;
        /** A file with the certificates to trust, in PEM; null for those that the system trusts. */
        readonly caFile: string | null;
      };
  /** A file with the token, which only its owner may read. */
  readonly tokenFile: string;
  /** How long one request may last where no permit says it: as the deployment's timing has it. */
  readonly requestMs: number;
}

const REQUEST_MS_MIN = 100;
const REQUEST_MS_MAX = 60_000;

const KEYS: readonly string[] = ['socket', 'url', 'caFile', 'tokenFile', 'requestMs'];

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseOptions(options: unknown): RemoteOptions {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw invalid('', `expected an object with some of ${KEYS.join(', ')}`);
  }
  const given = options as Record<string, unknown>;
  for (const key of Object.keys(given)) {
    if (!KEYS.includes(key))
      throw invalid(key, `is no option, of which there are ${KEYS.join(', ')}`);
  }
  const tokenFile = pathOf('tokenFile', given['tokenFile']);
  const requestMs = msOf(given['requestMs'] ?? DEFAULT_TIMING.requestMs);
  const { socket, url, caFile } = given;
  if ((socket === undefined) === (url === undefined)) {
    throw invalid('socket', 'expected either socket or url');
  }
  if (socket !== undefined) {
    if (caFile !== undefined) throw invalid('caFile', 'goes with url, not with socket');
    return { at: { socket: pathOf('socket', socket) }, tokenFile, requestMs };
  }
  const trusted = caFile === undefined ? null : pathOf('caFile', caFile);
  return { at: { url: urlOf(url), caFile: trusted }, tokenFile, requestMs };
}

function msOf(value: unknown): number {
  const good = typeof value === 'number' && value >= REQUEST_MS_MIN && value <= REQUEST_MS_MAX;
  if (good && Number.isSafeInteger(value)) return value;
  throw invalid(
    'requestMs',
    `expected a whole number of ${REQUEST_MS_MIN} to ${REQUEST_MS_MAX} ms`,
  );
}

function pathOf(key: string, value: unknown): string {
  if (typeof value === 'string' && isAbsolute(value) && !value.includes('\0')) return value;
  throw invalid(key, 'expected an absolute path');
}

function urlOf(value: unknown): URL {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  const plain = url !== null && url.pathname === '/' && url.search === '' && url.username === '';
  if (url !== null && plain && url.protocol === 'https:') return url;
  throw invalid('url', 'expected https://<host>:<port>, since a token never goes in the clear');
}

function invalid(key: string, message: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', key === '' ? message : `${key}: ${message}`, {
    operation: 'gateway.parse',
    subject: { key },
  });
}
