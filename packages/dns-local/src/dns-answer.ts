import { type Answer, encode, type OptAnswer } from 'dns-packet';
import { type Query, RCODE, type Rcode } from './dns-query.ts';

/** What is said to a question. */
export interface Reply {
  readonly rcode: Rcode;
  readonly authoritative: boolean;
  readonly answers: readonly Answer[];
  readonly authorities: readonly Answer[];
  readonly additionals: readonly Answer[];
}

/** What fits through every network without being cut into pieces; larger answers go by TCP. */
const UDP_BYTES_MAX = 1232;
const UDP_BYTES_PLAIN = 512;
export const TCP_BYTES_MAX = 65_535;

const AUTHORITATIVE = 0x0400;
const TRUNCATED = 0x0200;
const RECURSION_DESIRED = 0x0100;
const HEADER_BYTES = 12;

/** A reply with nothing but a code. */
export function bare(rcode: Rcode): Reply {
  return { rcode, authoritative: false, answers: [], authorities: [], additionals: [] };
}

/** The largest answer that the asker takes over UDP. */
export function udpBytesFor({ edns }: Query): number {
  return Math.max(UDP_BYTES_PLAIN, Math.min(edns?.udpBytes ?? 0, UDP_BYTES_MAX));
}

/** The whole answer to a message that no question could be read from. */
export function encodeRefusal(id: number, rcode: Rcode): Buffer {
  return encode({ id, type: 'response', flags: rcode });
}

/** The answer as bytes; where it does not fit, without records and marked as cut off. */
export function encodeReply(query: Query, reply: Reply, bytesMax: number): Buffer {
  const whole = encodeAll(query, reply, 0);
  if (whole.length <= bytesMax) return whole;
  const { rcode, authoritative } = reply;
  return encodeAll(query, { ...bare(rcode), authoritative }, TRUNCATED);
}

function encodeAll(query: Query, reply: Reply, cut: number): Buffer {
  const flags =
    (reply.authoritative ? AUTHORITATIVE : 0) |
    (query.recursionDesired ? RECURSION_DESIRED : 0) |
    cut |
    (reply.rcode & 0xf);
  const additionals = query.edns === null ? [] : [ednsOf(reply.rcode)];
  const body = encode({
    id: query.id,
    type: 'response',
    flags,
    answers: [...reply.answers],
    authorities: [...reply.authorities],
    additionals: [...reply.additionals, ...additionals],
  });
  // The question goes back byte by byte as it came, which is how its asker knows the answer.
  body.writeUInt16BE(1, 4);
  return Buffer.concat([
    body.subarray(0, HEADER_BYTES),
    query.question,
    body.subarray(HEADER_BYTES),
  ]);
}

function ednsOf(rcode: Rcode): OptAnswer {
  return {
    type: 'OPT',
    name: '.',
    udpPayloadSize: UDP_BYTES_MAX,
    extendedRcode: rcode === RCODE.badVersion ? 1 : 0,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  };
}
