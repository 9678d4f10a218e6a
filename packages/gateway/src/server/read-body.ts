import type { IncomingMessage } from 'node:http';
import { FireCampError } from '@firecamp/core';
import { BODY_BYTES_MAX, JSON_TYPE } from '../wire/protocol.ts';
import { parseStrict } from '../wire/strict-json.ts';

/**
 * The body of a request, of which no more is kept than may be.
 *
 * @throws `INVALID_ARGUMENT` - it is too large, not JSON, or cut off.
 */
export async function readBody(request: IncomingMessage): Promise<unknown> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== JSON_TYPE) {
    throw invalid(`the content type is ${JSON.stringify(type?.slice(0, 80))}, not ${JSON_TYPE}`);
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > BODY_BYTES_MAX) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > BODY_BYTES_MAX) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    throw FireCampError.is(error) ? error : invalid('the body was cut off', error);
  }
  return parseStrict(decode(Buffer.concat(chunks)));
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw invalid('the body is not UTF-8', error);
  }
}

function tooLarge(): FireCampError {
  return invalid(`the body has more than ${BODY_BYTES_MAX} bytes`);
}

function invalid(message: string, cause?: unknown): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', message, { operation: 'gateway', cause });
}
