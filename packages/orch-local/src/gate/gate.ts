import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { chmod, unlink } from 'node:fs/promises';
import { connect, createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { checkSocketPath } from '@firecamp/wire';

/** Where a gate leads, and where a node finds it. */
export type GateSpec =
  | { readonly kind: 'socket'; readonly path: string; readonly target: string }
  | {
      readonly kind: 'tcp' | 'udp';
      readonly listen: Endpoint;
      readonly target: Endpoint;
    };

/** An address and a port. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** One way out of a node, which can be cut. */
export interface Gate extends AsyncDisposable {
  /** Cut: what passes now is torn, what comes hangs without an answer, as on a cut wire. */
  cut(cut: boolean): void;
}

const CONNECTIONS_MAX = 1_024;
/** How long a question over UDP may wait for its answer. */
const UDP_ANSWER_MS_MAX = 10_000;
const UDP_QUESTIONS_MAX = 512;

/** @throws an error of the system where it cannot listen. */
export async function openGate(spec: GateSpec): Promise<Gate> {
  switch (spec.kind) {
    case 'socket': {
      await unlink(checkSocketPath(spec.path)).catch(() => {});
      const gate = new StreamGate(() => connect(spec.target));
      await gate.listen({ path: spec.path });
      await chmod(spec.path, 0o600);
      return gate;
    }
    case 'tcp': {
      const gate = new StreamGate(() => connect(spec.target));
      await gate.listen(spec.listen);
      return gate;
    }
    case 'udp': {
      const gate = new UdpGate(spec.target);
      await gate.listen(spec.listen);
      return gate;
    }
  }
}

class StreamGate implements Gate {
  readonly #server: Server;
  readonly #connect: () => Socket;
  readonly #sockets = new Set<Socket>();
  #cut = false;

  constructor(to: () => Socket) {
    this.#connect = to;
    // What hangs in a cut gate must not see an end either.
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#pass(near));
    this.#server.maxConnections = CONNECTIONS_MAX;
  }

  listen(at: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(at, () => {
        this.#server.off('error', reject);
        // For example no more room for a connection: the next one may have it.
        this.#server.on('error', () => {});
        resolve();
      });
    });
  }

  cut(cut: boolean): void {
    if (this.#cut === cut) return;
    this.#cut = cut;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(near: Socket): void {
    this.#keep(near);
    if (this.#cut) {
      near.pause();
      return;
    }
    const far = this.#connect();
    this.#keep(far);
    near.pipe(far);
    far.pipe(near);
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

class UdpGate implements Gate {
  readonly #target: Endpoint;
  readonly #near: UdpSocket = createSocket('udp4');
  readonly #questions = new Set<UdpSocket>();
  #cut = false;

  constructor(target: Endpoint) {
    this.#target = target;
    this.#near.on('message', (question, from) => {
      this.#pass(question, { host: from.address, port: from.port });
    });
  }

  listen({ host, port }: Endpoint): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#near.once('error', reject);
      this.#near.bind({ address: host, port, exclusive: true }, () => {
        this.#near.off('error', reject);
        this.#near.on('error', () => {});
        resolve();
      });
    });
  }

  cut(cut: boolean): void {
    this.#cut = cut;
    if (cut) for (const socket of this.#questions) this.#end(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#questions) this.#end(socket);
    await new Promise<void>((resolve) => this.#near.close(() => resolve()));
  }

  #pass(question: Buffer, from: Endpoint): void {
    if (this.#cut || this.#questions.size >= UDP_QUESTIONS_MAX) return;
    const far = createSocket('udp4');
    this.#questions.add(far);
    const timer = setTimeout(() => this.#end(far), UDP_ANSWER_MS_MAX);
    far.on('error', () => this.#end(far));
    far.once('close', () => clearTimeout(timer));
    far.once('message', (answer) => {
      this.#near.send(answer, from.port, from.host);
      this.#end(far);
    });
    far.send(question, this.#target.port, this.#target.host);
  }

  #end(socket: UdpSocket): void {
    if (this.#questions.delete(socket)) socket.close();
  }
}
