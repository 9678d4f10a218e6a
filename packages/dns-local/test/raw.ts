import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { DnsAddress } from '@firecamp/dns-local';

export const TYPE = {
  a: 1,
  ns: 2,
  soa: 6,
  txt: 16,
  aaaa: 28,
  srv: 33,
  axfr: 252,
  any: 255,
} as const;

/** The parts of a question that a test may want to spoil. */
export interface QuestionParts {
  readonly id?: number;
  readonly flags?: number;
  readonly type?: number;
  readonly class?: number;
  /** The name as it stands in the message; left out, that of the name given. */
  readonly wireName?: Buffer;
  readonly counts?: readonly [number, number, number, number];
  /** What comes after the question. */
  readonly rest?: Buffer;
}

export function wireName(name: string): Buffer {
  const labels = name === '' ? [] : name.split('.');
  const parts = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
  return Buffer.concat([...parts, Buffer.from([0])]);
}

/** An EDNS record that says how large an answer may be. */
export function edns(udpBytes: number, version = 0, data: Buffer = Buffer.alloc(0)): Buffer {
  const fixed = Buffer.from([0, 0, 41, udpBytes >> 8, udpBytes & 255, 0, version, 0, 0]);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(data.length);
  return Buffer.concat([fixed, length, data]);
}

/** A question as bytes, put together by hand. */
export function question(name: string, parts: QuestionParts = {}): Buffer {
  const { id = 4711, flags = 0x0100, type = TYPE.a, counts, rest } = parts;
  const header = Buffer.alloc(12);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flags, 2);
  const [questions, answers, authorities, additionals] = counts ?? [1, 0, 0, rest ? 1 : 0];
  header.writeUInt16BE(questions, 4);
  header.writeUInt16BE(answers, 6);
  header.writeUInt16BE(authorities, 8);
  header.writeUInt16BE(additionals, 10);
  const tail = Buffer.alloc(4);
  tail.writeUInt16BE(type, 0);
  tail.writeUInt16BE(parts.class ?? 1, 2);
  const named = parts.wireName ?? wireName(name);
  return Buffer.concat([header, named, tail, rest ?? Buffer.alloc(0)]);
}

/** What an answer's header says. */
export interface Header {
  readonly id: number;
  readonly answer: boolean;
  readonly authoritative: boolean;
  readonly cut: boolean;
  readonly recursion: boolean;
  readonly rcode: number;
  readonly counts: readonly number[];
}

export function headerOf(message: Buffer): Header {
  const flags = message.readUInt16BE(2);
  return {
    id: message.readUInt16BE(0),
    answer: (flags & 0x8000) !== 0,
    authoritative: (flags & 0x0400) !== 0,
    cut: (flags & 0x0200) !== 0,
    recursion: (flags & 0x0080) !== 0,
    rcode: flags & 0xf,
    counts: [4, 6, 8, 10].map((at) => message.readUInt16BE(at)),
  };
}

/** A socket that sends bytes and waits for bytes. */
export async function udpClient(server: DnsAddress) {
  const socket = createSocket('udp4');
  socket.connect(server.port, server.address);
  await once(socket, 'connect');
  const got: Buffer[] = [];
  socket.on('message', (message) => got.push(message));
  return {
    got,
    send: (message: Buffer) => socket.send(message),
    /** The next answer to a message, which must come. */
    ask: async (message: Buffer): Promise<Buffer> => {
      const answered = once(socket, 'message', { signal: AbortSignal.timeout(8_000) });
      socket.send(message);
      const [answer] = (await answered) as [Buffer];
      return answer;
    },
    [Symbol.asyncDispose]: async () => {
      socket.close();
    },
  };
}

export function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** A connection, once it stands; ended with the test. */
export async function tcpClient({
  port,
  address,
}: DnsAddress): Promise<AsyncDisposable & { readonly socket: Socket }> {
  const socket = connect(port, address);
  await once(socket, 'connect');
  socket.on('error', () => {});
  return {
    socket,
    [Symbol.asyncDispose]: async () => {
      socket.destroy();
    },
  };
}

/** So many bytes of a connection, or all until its end. */
export async function received(socket: Socket, bytes: number): Promise<Buffer> {
  let got = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    got = Buffer.concat([got, chunk]);
    if (got.length >= bytes) break;
  }
  return got;
}
