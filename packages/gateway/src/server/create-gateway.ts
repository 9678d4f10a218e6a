import type { Server, ServerOptions } from 'node:http';
import type { Socket } from 'node:net';
import {
  type AddressPool,
  type Clock,
  type Database,
  FireCampError,
  LeaseWatch,
  type Names,
  PROTOCOL_RULES,
  type ProofKind,
} from '@firecamp/core';
import { guardAddresses, guardDatabase, guardNames } from '@firecamp/core/layers';
import { errno, fromErrno } from '@firecamp/files';
import { type Questions, type Served, servedToNode } from '../policy/served.ts';
import { http } from '../wire/node-http.ts';
import { alwaysWatched } from './always-watched.ts';
import { createHandler } from './handler.ts';
import type { GatewayTokens, Principal } from './tokens.ts';
import { listenUnix, type UnixSocket } from './unix-socket.ts';

/** All that a gateway is made from. */
export interface GatewayParts {
  readonly database: Database;
  /** Null where the cluster has no names, or agents reach them without the gateway. */
  readonly names: Names | null;
  /** Null where the cluster has no static addresses, or agents reach the pool without the gateway. */
  readonly addresses: AddressPool | null;
  /** Answers the questions of commands; left out, they read the records themselves. */
  readonly manager?: Questions;
  readonly tokens: GatewayTokens;
  readonly clock: Clock;
  /** The longest that a late request of an adapter can stay under way, in ms; left out: 0. */
  readonly lateMs?: number;
  /** The kinds of proof that agents make themselves: those of the fencers that they load. */
  readonly agentProofs?: readonly ProofKind[];
  /** Told of what went wrong within; callers only learn that something did. */
  readonly onFailure: (error: unknown) => void;
}

/** Where a gateway listens. TCP is never without TLS. */
export type Listener =
  | { readonly socket: string }
  | {
      readonly host: string;
      /** 0 for one that the system chooses. */
      readonly port: number;
      /** In PEM. */
      readonly certificate: string;
      readonly key: string;
    };

/** The database for those who may not or cannot reach it. */
export interface Gateway extends AsyncDisposable {
  /**
   * Serves there too, from when this resolves.
   *
   * @returns the port of a TCP listener, null for a socket.
   * @throws `FAILED_PRECONDITION` - another manager listens there.
   * @throws `INVALID_ARGUMENT` - the path, certificate or key cannot be used.
   */
  listen(at: Listener): Promise<number | null>;
  /** Takes no more requests, lets those under way end, and ends streams. */
  close(): Promise<void>;
}

const CONNECTIONS_MAX = 1_024;

const LIMITS: ServerOptions = {
  // Longer than a client keeps an idle connection, so that no request meets one that is closing.
  keepAliveTimeout: 65_000,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8_192,
};

/** How long a close waits for requests under way, in ms. */
const CLOSE_MS_MAX = 12_000;

/** Makes a gateway that listens nowhere yet. */
export function createGateway(parts: GatewayParts): Gateway {
  return new HttpGateway(parts);
}

class HttpGateway implements Gateway {
  readonly #parts: GatewayParts;
  readonly #served: Served;
  readonly #leases: LeaseWatch;
  readonly #closing = new AbortController();
  readonly #servers: Server[] = [];
  readonly #sockets: UnixSocket[] = [];
  readonly #handler: ReturnType<typeof createHandler>;

  constructor(parts: GatewayParts) {
    const { tokens, clock, onFailure } = parts;
    this.#parts = parts;
    this.#served = {
      database: guardDatabase(alwaysWatched(parts.database, clock)),
      names: parts.names === null ? null : guardNames(parts.names),
      addresses: parts.addresses === null ? null : guardAddresses(parts.addresses),
      manager: parts.manager ?? null,
    };
    this.#leases = new LeaseWatch({ clock, lateMs: parts.lateMs ?? 0, rules: PROTOCOL_RULES });
    this.#handler = createHandler({
      tokens,
      servedTo: (principal) => this.#servedTo(principal),
      clock,
      onFailure,
      closing: this.#closing.signal,
    });
  }

  async listen(at: Listener): Promise<number | null> {
    if ('socket' in at) {
      const server = this.#prepared(http.createServer(LIMITS, this.#handler));
      this.#sockets.push(await listenUnix(server, at.socket));
      outlive(server);
      return null;
    }
    const { certificate: cert, key } = at;
    // TLS is loaded only by those who speak it.
    const https = process.getBuiltinModule('node:https');
    const options = { ...LIMITS, cert, key, minVersion: 'TLSv1.3' } as const;
    const server = this.#prepared(makeTls(() => https.createServer(options, this.#handler)));
    await listenTcp(server, at);
    outlive(server);
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : null;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    for (const socket of this.#sockets.splice(0)) await socket.remove();
    await Promise.all(this.#servers.splice(0).map((server) => this.#end(server)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #servedTo({ kind, name: node }: Principal): Served {
    if (kind === 'manager') return this.#served;
    const { agentProofs = [] } = this.#parts;
    return servedToNode(this.#served, { node, leases: this.#leases, agentProofs });
  }

  #prepared(server: Server): Server {
    server.maxConnections = CONNECTIONS_MAX;
    server.on('clientError', refuseGarbage);
    this.#servers.push(server);
    return server;
  }

  async #end(server: Server): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    const waited = new AbortController();
    const late = this.#parts.clock.sleep(CLOSE_MS_MAX, waited.signal).catch(() => {});
    await Promise.race([closed, late]);
    waited.abort();
    server.closeAllConnections();
    await closed;
  }
}

/** A connection that cannot be taken, such as for want of a file handle, must not end the manager. */
function outlive(server: Server): void {
  // Not to the log: it would be filled with them until there is room again.
  server.on('error', () => {});
}

/** What is no HTTP, or does not come in time, gets a sentence in reply where it can. */
function refuseGarbage(error: Error, socket: Socket | { end(text: string): void }): void {
  if ('writable' in socket && !socket.writable) return;
  const timeout = 'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const status = timeout ? '408 Request Timeout' : '400 Bad Request';
  const message = timeout ? 'the request did not end in time' : 'this is no HTTP request';
  const body = JSON.stringify({
    error: { code: 'INVALID_ARGUMENT', message, operation: 'gateway', subject: {} },
  });
  socket.end(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
  );
}

function makeTls(make: () => Server): Server {
  try {
    return make();
  } catch (error) {
    throw unusable(error);
  }
}

function unusable(cause: unknown): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', 'the certificate or its key cannot be used', {
    operation: 'Gateway.listen',
    cause,
  });
}

function listenTcp(
  server: Server,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      reject(cannotListen(`${host}:${port}`, error));
    });
    server.listen({ host, port }, () => resolve());
  });
}

function cannotListen(place: string, cause: Error): FireCampError {
  const taken = errno(cause) === 'EADDRINUSE' || errno(cause) === 'EADDRNOTAVAIL';
  if (!taken) return fromErrno('Gateway.listen', { place }, cause);
  return new FireCampError('FAILED_PRECONDITION', `${place} cannot be listened on: it is taken`, {
    operation: 'Gateway.listen',
    subject: { place },
    cause,
  });
}
