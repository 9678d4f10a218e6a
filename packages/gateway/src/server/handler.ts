import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Clock, FireCampError } from '@firecamp/core';
import type { Served } from '../policy/served.ts';
import { Deadline } from '../wire/deadline.ts';
import { type RequestName, VERSION } from '../wire/protocol.ts';
import { ANSWERS, type Answer, CHANGING } from './answers.ts';
import { readBody } from './read-body.ts';
import { isRequestName, parseRequest } from './request-schemas.ts';
import { endUnread, sendError, sendLines, sendValue } from './send.ts';
import { type GatewayTokens, identify, type Principal } from './tokens.ts';

/** What one caller may have under way at once. */
const IN_FLIGHT_MAX = 64;

/** How long the seams have to answer, in ms, where the caller's permit does not say less. */
const ANSWER_MS_MAX = 10_000;

/** What the requests are answered with. */
export interface HandlerParts {
  readonly tokens: GatewayTokens;
  /** The seams as this caller may use them. */
  readonly servedTo: (principal: Principal) => Served;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
  /** Told of what went wrong within, for the log; the caller only learns that something did. */
  readonly onFailure: (error: unknown) => void;
  /** Fires when the gateway closes: streams end then. */
  readonly closing: AbortSignal;
}

/** Answers requests one by one; whatever comes in, it throws nothing. */
export function createHandler(parts: HandlerParts): RequestListener {
  const inFlight = new Map<string, number>();
  return (request, response) => {
    void handle(parts, inFlight, { request, response }).catch(parts.onFailure);
  };
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

async function handle(
  parts: HandlerParts,
  inFlight: Map<string, number>,
  exchange: Exchange,
): Promise<void> {
  const { request, response } = exchange;
  try {
    const name = nameOf(request);
    const principal = await callerOf(parts.tokens, request);
    const caller = `${principal.kind}/${principal.name}`;
    const count = (inFlight.get(caller) ?? 0) + 1;
    if (count > IN_FLIGHT_MAX) throw tooMany(caller);
    inFlight.set(caller, count);
    try {
      await answer(parts, { name, served: parts.servedTo(principal) }, exchange);
    } finally {
      const left = (inFlight.get(caller) ?? 1) - 1;
      if (left === 0) inFlight.delete(caller);
      else inFlight.set(caller, left);
    }
  } catch (error) {
    await sendError(response, ours(parts, error));
  } finally {
    endUnread(request);
  }
}

async function answer<Name extends RequestName>(
  parts: HandlerParts,
  { name, served }: { readonly name: Name; readonly served: Served },
  { request, response }: Exchange,
): Promise<void> {
  const { clock, closing } = parts;
  const cameMs = clock.monotonicMs();
  const body = parseRequest(name, await readBody(request));
  const endMs = cameMs + Math.min(ANSWER_MS_MAX, grantedMs(body));
  const leftMs = (): number => endMs - clock.monotonicMs();
  const sleep = (ms: number, signal: AbortSignal): Promise<void> => clock.sleep(ms, signal);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const streaming = AbortSignal.any([gone.signal, closing]);
  using deadline = new Deadline(sleep, leftMs());
  // A change goes on although its caller is gone; a stream ends with its caller.
  const signal = name === 'database.watch' ? streaming : deadline.signal;
  const answered: Answer = ANSWERS[name]({ served, body, signal, leftMs });
  if (!(answered instanceof Promise)) {
    await sendLines(response, answered, { sleep, signal: streaming, deadline });
    return;
  }
  const value = await deadline.settle(answered, () => late(name));
  await sendValue(response, value);
}

/** What the permit of the caller granted, where the request needs one. */
function grantedMs(body: object): number {
  return 'timeoutMs' in body && typeof body.timeoutMs === 'number'
    ? body.timeoutMs
    : Number.POSITIVE_INFINITY;
}

/** @throws `INVALID_ARGUMENT`, `UNSUPPORTED` - no request that this version knows. */
function nameOf({ method, url = '' }: IncomingMessage): RequestName {
  const [, version = '', name = '', ...more] = url.split('/');
  if (version !== VERSION) {
    const theirs = /^v[0-9]{1,4}$/.test(version) ? `version ${version.slice(1)}` : 'no version';
    throw refusal(
      'UNSUPPORTED',
      `this gateway speaks version ${VERSION.slice(1)} and the request names ${theirs}: upgrade the older of the two programs`,
    );
  }
  if (method !== 'POST') {
    throw refusal('INVALID_ARGUMENT', `a request is a POST, not a ${method?.slice(0, 20)}`);
  }
  if (isRequestName(name) && more.length === 0) return name;
  throw refusal('UNSUPPORTED', `there is no request ${JSON.stringify(name.slice(0, 80))}`);
}

async function callerOf(tokens: GatewayTokens, request: IncomingMessage): Promise<Principal> {
  const [scheme, token = ''] = (request.headers.authorization ?? '').split(' ');
  const principal = scheme === 'Bearer' ? await identify(tokens, token) : null;
  if (principal !== null) return principal;
  throw refusal('PERMISSION_DENIED', 'the request has no token that this gateway knows');
}

/** What is no error of ours is a fault within: it goes to the log, and not over the wire. */
function ours(parts: HandlerParts, error: unknown): FireCampError {
  if (FireCampError.is(error)) {
    if (error.code === 'INTERNAL') parts.onFailure(error);
    return error;
  }
  parts.onFailure(error);
  return refusal('INTERNAL', 'the gateway failed; the log of the manager says why');
}

function late(name: RequestName): FireCampError {
  return CHANGING.has(name)
    ? refusal('UNKNOWN_OUTCOME', `${name}: there was no answer in time, and it may yet happen`)
    : refusal('UNAVAILABLE', `${name}: there was no answer in time`);
}

function tooMany(caller: string): FireCampError {
  return refusal('EXHAUSTED', `${caller} has ${IN_FLIGHT_MAX} requests under way already`);
}

function refusal(
  code: ConstructorParameters<typeof FireCampError>[0],
  message: string,
): FireCampError {
  return new FireCampError(code, message, { operation: 'gateway' });
}
