import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, isIP } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { FireCampError, type NameRecordType } from '@firecamp/core';
import { type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { RCODE } from './dns-query.ts';
import type { DnsAddress } from './names-options.ts';
import { presentedValue } from './record-data.ts';

/** How patient {@link resolveName} is. */
export interface ResolveOptions {
  readonly signal?: AbortSignal;
  /** How long one question waits for its answer; left out, 500 ms. */
  readonly timeoutMs?: number;
  /** How often it is asked; left out, 4 times. */
  readonly attempts?: number;
}

/** What a server said. */
export interface Resolved {
  /** `no-data`: the name is there, without records of that type. */
  readonly status: 'found' | 'no-data' | 'no-name';
  /** As in `NameRecord`; empty unless found. */
  readonly values: readonly string[];
  /** How long the answer may be kept; 0 unless found. */
  readonly ttlSeconds: number;
}

/** What one question needs. */
interface Asking {
  readonly server: DnsAddress;
  readonly id: number;
  readonly message: Buffer;
  readonly question: { readonly name: string; readonly type: NameRecordType };
  readonly signal: AbortSignal;
}

const UDP_BYTES = 1232;
const TRUNCATED = 0x0200;
/** Before a refused question is asked again: its server may be starting. */
const PAUSE_MS = 50;

/**
 * Asks one DNS server, and nobody else: by UDP, again where no answer comes, and by TCP where the
 * answer is too long. Nothing is kept: each call asks.
 *
 * @throws `UNAVAILABLE` - the server did not answer, or said that it cannot answer now.
 * @throws `FAILED_PRECONDITION` - the server refuses: it does not serve this zone.
 * @throws `ABORTED` - the signal fired.
 */
export async function resolveName(
  server: DnsAddress,
  name: string,
  type: NameRecordType,
  options: ResolveOptions = {},
): Promise<Resolved> {
  const { signal, timeoutMs = 500, attempts = 4 } = options;
  let last: unknown;
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    if (signal?.aborted) throw aborted(name, signal);
    const limit = AbortSignal.timeout(timeoutMs);
    const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
    try {
      return readAnswer(await ask(server, { name, type }, either), { name, type });
    } catch (error) {
      if (signal?.aborted) throw aborted(name, signal);
      if (FireCampError.is(error, 'FAILED_PRECONDITION')) throw error;
      last = error;
    }
    if (attempt < attempts) await pause(PAUSE_MS);
  }
  throw failure('UNAVAILABLE', `${server.address}:${server.port} does not answer`, name, last);
}

async function ask(
  server: DnsAddress,
  question: Asking['question'],
  signal: AbortSignal,
): Promise<DecodedPacket> {
  const id = randomInt(2 ** 16);
  const opt = { type: 'OPT', name: '.', udpPayloadSize: UDP_BYTES, extendedRcode: 0 } as const;
  const message = encode({
    id,
    type: 'query',
    flags: RECURSION_DESIRED,
    questions: [question],
    additionals: [{ ...opt, ednsVersion: 0, flags: 0, flag_do: false, options: [] }],
  });
  const asking: Asking = { server, id, message, question, signal };
  const answer = await askByUdp(asking);
  return ((answer.flags ?? 0) & TRUNCATED) === 0 ? answer : await askByTcp(asking);
}

async function askByUdp(asking: Asking): Promise<DecodedPacket> {
  const { server, message, signal } = asking;
  const socket = createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4');
  // A connected socket takes answers of this server only, and hears that nobody listens there.
  const { promise, resolve, reject } = Promise.withResolvers<DecodedPacket>();
  const timeout = (): void => reject(signal.reason);
  signal.addEventListener('abort', timeout, { once: true });
  socket.once('error', reject);
  socket.on('message', (bytes) => {
    const answer = matching(bytes, asking);
    if (answer !== null) resolve(answer);
  });
  // Not what connecting calls in the end: it is called where that fails, too.
  socket.once('connect', () => socket.send(message));
  socket.connect(server.port, server.address);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', timeout);
    socket.removeAllListeners('error').on('error', () => {});
    socket.close();
  }
}

async function askByTcp(asking: Asking): Promise<DecodedPacket> {
  const { server, message, signal, question } = asking;
  const socket = connect({ host: server.address, port: server.port, signal });
  try {
    await once(socket, 'connect', { signal });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
    let got = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      got = Buffer.concat([got, chunk]);
      if (got.length < 2 || got.length < 2 + got.readUInt16BE(0)) continue;
      const answer = matching(got.subarray(2), asking);
      if (answer !== null) return answer;
      break;
    }
    throw failure('UNAVAILABLE', 'the connection ended without an answer', question.name);
  } finally {
    socket.destroy();
  }
}

/** @returns null where it is not the answer to the question that was asked. */
function matching(bytes: Buffer, { id, question }: Asking): DecodedPacket | null {
  try {
    const answer = decode(bytes);
    const [echo, ...more] = answer.questions ?? [];
    const same =
      answer.flag_qr &&
      answer.id === id &&
      more.length === 0 &&
      echo?.name.toLowerCase() === question.name.toLowerCase() &&
      echo.type === question.type;
    return same ? answer : null;
  } catch {
    return null;
  }
}

function readAnswer(answer: DecodedPacket, { name, type }: Asking['question']): Resolved {
  const rcode = (answer.flags ?? 0) & 0xf;
  if (rcode === RCODE.noName) return { status: 'no-name', values: [], ttlSeconds: 0 };
  if (rcode === RCODE.refused) throw failure('FAILED_PRECONDITION', `refused ${name}`, name);
  if (rcode !== RCODE.done) throw failure('UNAVAILABLE', `answered with code ${rcode}`, name);
  const values: string[] = [];
  const ttls: number[] = [];
  for (const record of answer.answers ?? []) {
    const value = presentedValue(record, type);
    if (value === null || record.name.toLowerCase() !== name.toLowerCase()) continue;
    values.push(value);
    if ('ttl' in record) ttls.push(record.ttl ?? 0);
  }
  if (values.length === 0) return { status: 'no-data', values, ttlSeconds: 0 };
  return { status: 'found', values, ttlSeconds: Math.min(...ttls) };
}

function aborted(name: string, signal: AbortSignal): FireCampError {
  return failure('ABORTED', 'the question was ended by its signal', name, signal.reason);
}

function failure(
  code: 'UNAVAILABLE' | 'FAILED_PRECONDITION' | 'ABORTED',
  message: string,
  name: string,
  cause?: unknown,
): FireCampError {
  const subject = { name };
  return new FireCampError(code, message, { operation: 'resolveName', subject, cause });
}
