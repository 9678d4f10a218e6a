import { readFile } from 'node:fs/promises';
import type { Agent, IncomingMessage } from 'node:http';
import type { RequestOptions } from 'node:https';
import { type CallOptions, type Clock, FireCampError } from '@firecamp/core';
import { errno, fromErrno } from '@firecamp/files';
import { Deadline } from '../wire/deadline.ts';
import { http } from '../wire/node-http.ts';
import {
  BODY_BYTES_MAX,
  JSON_TYPE,
  type RequestBodies,
  type RequestName,
  VERSION,
} from '../wire/protocol.ts';
import { fromWire } from '../wire/wire-error.ts';
import type { RemoteOptions } from './options.ts';
import { readLines, readText } from './read-answer.ts';

const SOCKETS_MAX = 64;
const SOCKETS_IDLE_MAX = 8;

/** How one request is made. */
export interface Call extends CallOptions {
  /** For errors: the method of the seam. */
  readonly operation: string;
  /** Whether a missing answer leaves open what happened. */
  readonly changing: boolean;
  /** Left out: what the options say. */
  readonly timeoutMs?: number;
}

/** How far a request had come when it failed. */
interface Progress {
  sent: boolean;
}

/**
 * Requests to a gateway, each sent once: nothing here retries. What could not be sent is
 * `UNAVAILABLE`; a change that was sent and has no answer is `UNKNOWN_OUTCOME`.
 */
export class Transport implements AsyncDisposable {
  readonly #options: RemoteOptions;
  readonly #clock: Clock;
  readonly #agent: Agent;

  /** No I/O happens here. */
  constructor(options: RemoteOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    const pool = { keepAlive: true, maxSockets: SOCKETS_MAX, maxFreeSockets: SOCKETS_IDLE_MAX };
    this.#agent = new (client(options).Agent)(pool);
  }

  /** One answer in one piece. */
  async ask<Name extends RequestName>(
    name: Name,
    body: RequestBodies[Name],
    call: Call,
  ): Promise<unknown> {
    using deadline = this.#deadline(call);
    const progress: Progress = { sent: false };
    try {
      const response = await this.#send(name, body, { call, deadline, progress });
      return answerOf(await readText(response, BODY_BYTES_MAX), response.statusCode === 200);
    } catch (error) {
      throw failure(error, { name, call, deadline, sent: progress.sent });
    }
  }

  /** An answer in lines, to its marked end; leaving it early ends the request. */
  async *lines<Name extends RequestName>(
    name: Name,
    body: RequestBodies[Name],
    call: Call,
  ): AsyncGenerator<unknown> {
    using deadline = this.#deadline(call);
    const progress: Progress = { sent: false };
    let response: IncomingMessage | null = null;
    try {
      response = await this.#send(name, body, { call, deadline, progress });
      if (response.statusCode !== 200) {
        answerOf(await readText(response, BODY_BYTES_MAX), false);
      }
      for await (const line of readLines(response)) {
        const item = answerOf(line, true);
        if (isMark(item, 'end')) return;
        deadline.pause();
        if (!isMark(item, 'still')) yield item;
        deadline.extend();
      }
      throw new Error('the stream was cut off');
    } catch (error) {
      throw failure(error, { name, call, deadline, sent: progress.sent });
    } finally {
      response?.destroy();
    }
  }

  /** Closes the connections that are kept. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#agent.destroy();
  }

  #deadline({ timeoutMs = this.#options.requestMs }: Call): Deadline {
    return new Deadline((ms, signal) => this.#clock.sleep(ms, signal), timeoutMs);
  }

  async #send(
    name: RequestName,
    body: object,
    parts: { readonly call: Call; readonly deadline: Deadline; readonly progress: Progress },
  ): Promise<IncomingMessage> {
    const { call, deadline, progress } = parts;
    if (call.signal?.aborted === true) throw call.signal.reason;
    const text = JSON.stringify(body);
    const token = await this.#read(this.#options.tokenFile);
    const signals = call.signal === undefined ? [] : [call.signal];
    const options: RequestOptions = {
      ...(await this.#place()),
      agent: this.#agent,
      method: 'POST',
      path: `/${VERSION}/${name}`,
      signal: AbortSignal.any([deadline.signal, ...signals]),
      headers: {
        authorization: `Bearer ${token.trim()}`,
        'content-type': JSON_TYPE,
        'content-length': Buffer.byteLength(text),
      },
    };
    return new Promise((resolve, reject) => {
      const secure = !('socket' in this.#options.at);
      const sending = client(this.#options).request(options, resolve);
      sending.once('socket', (socket) => {
        const sent = (): void => {
          progress.sent = true;
        };
        if (socket.connecting) socket.once(secure ? 'secureConnect' : 'connect', sent);
        else sent();
      });
      sending.once('error', reject);
      sending.end(text);
    });
  }

  async #place(): Promise<RequestOptions> {
    const { at } = this.#options;
    // Without a name to find out for TLS, which there is none of, Node is 6 ms sooner.
    if ('socket' in at) return { socketPath: at.socket, host: 'firecamp', servername: '' };
    // A URL has an address of IPv6 in brackets, which are no part of it.
    const host = at.url.hostname.replace(/^\[(.*)\]$/, '$1');
    const place = { host, port: at.url.port === '' ? 443 : at.url.port };
    return at.caFile === null ? place : { ...place, ca: await this.#read(at.caFile) };
  }

  async #read(path: string): Promise<string> {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      throw unreadable(path, error);
    }
  }
}

/** TLS is loaded only by those who speak it. */
function client({ at }: RemoteOptions): Pick<typeof http, 'Agent' | 'request'> {
  return 'socket' in at ? http : process.getBuiltinModule('node:https');
}

function unreadable(path: string, cause: unknown): FireCampError {
  if (errno(cause) !== 'ENOENT') return fromErrno('gateway', { path }, cause);
  return new FireCampError('PERMISSION_DENIED', `there is no file ${path} to call with`, {
    operation: 'gateway',
    subject: { path },
    cause,
  });
}

/** What the gateway said: its answer, or its error. */
function answerOf(text: string, good: boolean): unknown {
  const value: unknown = JSON.parse(text);
  const error = typeof value === 'object' && value !== null && 'error' in value && value.error;
  const refused = fromWire(error);
  if (refused !== null) throw refused;
  if (!good) throw new Error('it did not answer as a gateway does');
  return value;
}

function isMark(value: unknown, mark: 'end' | 'still'): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, mark);
}

function failure(
  cause: unknown,
  parts: {
    readonly name: RequestName;
    readonly call: Call;
    readonly deadline: Deadline;
    readonly sent: boolean;
  },
): FireCampError {
  if (FireCampError.is(cause)) return cause;
  const { name, call, deadline, sent } = parts;
  const { operation, signal, changing } = call;
  const details = { operation, cause };
  if (signal?.aborted === true) {
    return new FireCampError('ABORTED', 'the call was ended by its signal', details);
  }
  const why = deadline.signal.aborted ? 'no answer in time' : reasonOf(cause);
  if (sent && changing) {
    const message = `${name}: the gateway's answer is missing: ${why}`;
    return new FireCampError('UNKNOWN_OUTCOME', message, details);
  }
  if (!sent && errno(cause) === 'EACCES') {
    const message = 'the socket of the gateway must not be used by this user';
    return new FireCampError('PERMISSION_DENIED', message, details);
  }
  const message = sent
    ? `${name}: the gateway's answer is missing: ${why}`
    : `the gateway cannot be reached: ${why}`;
  return new FireCampError('UNAVAILABLE', message, details);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
