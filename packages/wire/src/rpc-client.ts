import type { IncomingMessage } from 'node:http';
import { type ErrorCode, FireCampError } from '@firecamp/core';
import { DEADLINE_HEADER, machineNowMs } from './deadline.ts';
import { http } from './node-http.ts';
import { fromWire } from './wire-error.ts';

const ANSWER_BYTES_MAX = 16 << 20;

/** Where a request goes, and how long it may last. */
export interface RpcTarget {
  readonly socket: string;
  readonly method: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** Whether it changes something, so that a missing answer leaves open whether it did. */
  readonly effect: boolean;
}

/**
 * Asks and waits for the answer.
 *
 * @throws `UNAVAILABLE` - nobody serves there, or a question that changes nothing got no answer.
 * @throws `UNKNOWN_OUTCOME` - a request that changes something got no answer.
 * @throws `ABORTED` - the signal fired.
 * @throws what the other end answered.
 */
export async function callRpc(target: RpcTarget, input: unknown): Promise<unknown> {
  const response = await sendRpc(target, input);
  const text = await readText(response, target);
  const value = parseJson(text, target);
  if (response.statusCode === 200) return value;
  throw fromWire(value, target.method);
}

/**
 * Asks for a stream of items; leaving the iteration ends it. `timeoutMs` is how long the first
 * answer may take.
 *
 * @throws as {@link callRpc}; `UNAVAILABLE` also when the stream is cut off.
 */
export async function* streamRpc(target: RpcTarget, input: unknown): AsyncGenerator<unknown> {
  const response = await sendRpc(target, input);
  if (response.statusCode !== 200) {
    throw fromWire(parseJson(await readText(response, target), target), target.method);
  }
  try {
    for await (const line of lines(response, target)) {
      const value = parseJson(line, target);
      if (isObject(value) && 'item' in value) yield value['item'];
      else if (isObject(value) && 'error' in value) throw fromWire(value['error'], target.method);
      else if (isObject(value) && 'end' in value) return;
      else throw lost(target, new Error('a line that is not one of ours'));
    }
  } finally {
    response.destroy();
  }
  throw lost(target, undefined);
}

async function* lines(response: IncomingMessage, target: RpcTarget): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const part of response.setEncoding('utf8') as AsyncIterable<string>) {
      const [first = '', ...more] = part.split('\n');
      rest += first;
      if (rest.length > ANSWER_BYTES_MAX) throw new Error('a line is too long');
      for (const next of more) {
        yield rest;
        rest = next;
      }
    }
  } catch (error) {
    throw lost(target, error);
  }
}

/** Refused before anything was sent. */
const NOT_SENT: ReadonlySet<string> = new Set(['ENOENT', 'ECONNREFUSED', 'EACCES', 'ENOTDIR']);

function sendRpc(target: RpcTarget, input: unknown): Promise<IncomingMessage> {
  const deadlineMs = machineNowMs() + target.timeoutMs;
  return new Promise((resolve, reject) => {
    const request = http.request({
      socketPath: target.socket,
      path: `/v1/${target.method}`,
      method: 'POST',
      agent: false,
      headers: { 'content-type': 'application/json', [DEADLINE_HEADER]: String(deadlineMs) },
      ...(target.signal === undefined ? {} : { signal: target.signal }),
    });
    const timer = setTimeout(() => {
      request.destroy(new Error(`no answer within ${target.timeoutMs} ms`));
    }, target.timeoutMs);
    request.once('response', (response) => {
      clearTimeout(timer);
      resolve(response);
    });
    request.once('error', (error) => {
      clearTimeout(timer);
      reject(lost(target, error));
    });
    request.end(JSON.stringify(input));
  });
}

function lost(target: RpcTarget, cause: unknown): FireCampError {
  const code = 'code' in Object(cause) ? String(Object(cause).code) : '';
  const ours = lostCode(target, code);
  const why = cause instanceof Error ? cause.message : 'the answer was cut off';
  return new FireCampError(ours, `${target.socket}: ${why}`, {
    operation: target.method,
    subject: { socket: target.socket },
    cause,
  });
}

function lostCode({ effect, signal }: RpcTarget, code: string): ErrorCode {
  if (signal?.aborted === true) return 'ABORTED';
  if (code === 'EACCES') return 'PERMISSION_DENIED';
  return effect && !NOT_SENT.has(code) ? 'UNKNOWN_OUTCOME' : 'UNAVAILABLE';
}

async function readText(response: IncomingMessage, target: RpcTarget): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  const timer = setTimeout(() => {
    response.destroy(new Error(`no whole answer within ${target.timeoutMs} ms`));
  }, target.timeoutMs);
  try {
    for await (const part of response as AsyncIterable<Buffer>) {
      bytes += part.length;
      if (bytes > ANSWER_BYTES_MAX) throw new Error(`answer above ${ANSWER_BYTES_MAX} bytes`);
      parts.push(part);
    }
  } catch (error) {
    throw lost(target, error);
  } finally {
    clearTimeout(timer);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parseJson(text: string, target: RpcTarget): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw lost(target, error);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
