import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, isIP, type Server, type Socket } from 'node:net';
import { type ErrorCode, FireCampError } from '@firecamp/core';
import { errno } from '@firecamp/files';
import { bare, encodeRefusal, encodeReply, TCP_BYTES_MAX, udpBytesFor } from './dns-answer.ts';
import { type Query, RCODE, readQuery } from './dns-query.ts';
import { NameFolder } from './name-folder.ts';
import type { DnsAddress, LocalNamesOptions } from './names-options.ts';
import { Zone } from './zone.ts';

/** Questions over UDP that are being answered; those beyond are dropped, and asked again. */
const IN_FLIGHT_MAX = 256;
const CONNECTIONS_MAX = 64;
/** A connection ends after so long without a byte, and after so long in any case. */
const IDLE_MS = 3_000;
const CONNECTION_MS = 10_000;
/** No question is nearly as long. */
const TCP_QUERY_BYTES_MAX = 4_096;
const LENGTH_BYTES = 2;
/** What the machine lacks for a while: one question is lost with it, and asked again. */
const PASSING: ReadonlySet<string> = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM']);
/** How often another port is tried for both, where the system is to choose one. */
const PORT_TRIES_MAX = 20;

/** A running DNS server. Disposing of it closes all that it has open. */
export interface DnsServer extends DnsAddress, AsyncDisposable {
  /** Rejects with `UNAVAILABLE` if a socket fails while it serves; never resolves. */
  readonly failed: Promise<never>;
}

/**
 * Serves one zone out of its folder of names, by UDP and TCP.
 *
 * @param options - port 0 lets the system choose one, for tests.
 * @throws `FAILED_PRECONDITION` - the port is taken, or the address is not of this machine.
 * @throws `PERMISSION_DENIED` - the port needs more rights.
 */
export async function startDnsServer(options: LocalNamesOptions): Promise<DnsServer> {
  const { folder, zone, address } = options;
  const answers = new Zone(new NameFolder(folder), zone, address);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await listen(options, (message) => answer(answers, message));
    } catch (error) {
      const again = options.port === 0 && errno(error) === 'EADDRINUSE';
      if (!again || attempt === PORT_TRIES_MAX) throw fromListening(options, error);
    }
  }
}

/** A question that was read, and what there is to say to it. */
type Answered =
  | { readonly kind: 'ignored' }
  | { readonly kind: 'bytes'; readonly forUdp: () => Buffer; readonly forTcp: () => Buffer };

async function answer(zone: Zone, message: Buffer): Promise<Answered> {
  const received = readQuery(message);
  if (received.kind === 'ignored') return received;
  if (received.kind === 'refused') {
    const bytes = (): Buffer => encodeRefusal(received.id, received.rcode);
    return { kind: 'bytes', forUdp: bytes, forTcp: bytes };
  }
  const { query } = received;
  const reply = await replyOf(zone, query);
  return {
    kind: 'bytes',
    forUdp: () => encodeReply(query, reply, udpBytesFor(query)),
    forTcp: () => encodeReply(query, reply, TCP_BYTES_MAX),
  };
}

async function replyOf(zone: Zone, query: Query): ReturnType<Zone['reply']> {
  try {
    return await zone.reply(query);
  } catch {
    // A name that cannot be read is no name that is not there: the asker is to ask again.
    return bare(RCODE.failed);
  }
}

type AnswerMessage = (message: Buffer) => Promise<Answered>;

async function listen(at: DnsAddress, answerMessage: AnswerMessage): Promise<DnsServer> {
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    void serveConnection(socket, answerMessage);
  });
  tcp.maxConnections = CONNECTIONS_MAX;
  await listening(tcp, () => tcp.listen(at.port, at.address));
  const port = portOf(tcp);
  const udp = createSocket(isIP(at.address) === 6 ? 'udp6' : 'udp4');
  try {
    await listening(udp, () => udp.bind(port, at.address));
  } catch (error) {
    await Promise.all([closed(tcp), closed(udp)]);
    throw error;
  }
  serveUdp(udp, answerMessage);
  return {
    address: at.address,
    port,
    failed: failureOf(tcp, udp),
    [Symbol.asyncDispose]: async () => {
      for (const socket of connections) socket.destroy();
      await Promise.all([closed(tcp), closed(udp)]);
    },
  };
}

async function listening(server: Server | UdpSocket, begin: () => void): Promise<void> {
  begin();
  await once(server, 'listening');
}

function portOf(server: Server): number {
  const bound = server.address();
  return typeof bound === 'object' && bound !== null ? bound.port : 0;
}

async function closed(server: Server | UdpSocket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  await promise;
}

function failureOf(...servers: readonly (Server | UdpSocket)[]): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  for (const server of servers) {
    server.on('error', (cause: unknown) => {
      if (PASSING.has(errno(cause))) return;
      const operation = 'DnsServer.serve';
      reject(new FireCampError('UNAVAILABLE', 'a socket has failed', { operation, cause }));
    });
  }
  // Whoever does not wait for it has nothing to do about it.
  promise.catch(() => {});
  return promise;
}

function serveUdp(socket: UdpSocket, answerMessage: AnswerMessage): void {
  let inFlight = 0;
  const serve = async (message: Buffer, { port, address }: RemoteInfo): Promise<void> => {
    if (inFlight >= IN_FLIGHT_MAX || port === 0) return;
    inFlight += 1;
    try {
      const answered = await answerMessage(message);
      // An answer that cannot be sent is lost like any other: the asker asks again.
      if (answered.kind === 'bytes') socket.send(answered.forUdp(), port, address, () => {});
    } catch {
      // The server has closed its socket meanwhile.
    } finally {
      inFlight -= 1;
    }
  };
  socket.on('message', (message, from) => void serve(message, from));
}

async function serveConnection(socket: Socket, answerMessage: AnswerMessage): Promise<void> {
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  // Also after the last message was read: without a listener it would end the program.
  socket.on('error', () => {});
  const last = setTimeout(() => socket.destroy(), CONNECTION_MS);
  try {
    for await (const message of framesOf(socket)) {
      const answered = await answerMessage(message);
      if (answered.kind === 'ignored') return;
      const bytes = answered.forTcp();
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt16BE(bytes.length);
      if (!socket.write(Buffer.concat([length, bytes]))) await once(socket, 'drain');
    }
  } catch {
    // The asker is gone, or was too slow.
  } finally {
    clearTimeout(last);
    socket.destroySoon();
  }
}

/** The messages of a connection, each after its length; ends at one that is too long. */
async function* framesOf(socket: Socket): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = Buffer.concat([rest, chunk]);
    while (rest.length >= LENGTH_BYTES) {
      const length = rest.readUInt16BE(0);
      if (length > TCP_QUERY_BYTES_MAX) return;
      if (rest.length < LENGTH_BYTES + length) break;
      yield rest.subarray(LENGTH_BYTES, LENGTH_BYTES + length);
      rest = rest.subarray(LENGTH_BYTES + length);
    }
  }
}

const LISTENING: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  EADDRINUSE: ['FAILED_PRECONDITION', 'is taken by another program'],
  EADDRNOTAVAIL: ['FAILED_PRECONDITION', 'is no address of this machine'],
  EACCES: ['PERMISSION_DENIED', 'may not be listened on by this user'],
};

function fromListening({ address, port }: DnsAddress, cause: unknown): FireCampError {
  const at = `${address}:${port}`;
  const [code, text] = LISTENING[errno(cause)] ?? ['INTERNAL', 'cannot be listened on'];
  return new FireCampError(code, `${at} ${text}`, {
    operation: 'DnsServer.listen',
    subject: { address: at },
    cause,
  });
}
