/** The answer codes that this server gives. */
export const RCODE = {
  done: 0,
  malformed: 1,
  failed: 2,
  noName: 3,
  unsupported: 4,
  refused: 5,
  badVersion: 16,
} as const;

export type Rcode = (typeof RCODE)[keyof typeof RCODE];

/** What the asker says of itself by EDNS. */
export interface Edns {
  /** The largest answer that it takes over UDP, in bytes. */
  readonly udpBytes: number;
  readonly version: number;
}

/** One question as it came, its name in lower case. */
export interface Query {
  readonly id: number;
  readonly recursionDesired: boolean;
  /** Without an end dot, `''` for the root; what no name can have stands there as `?`. */
  readonly name: string;
  /** As {@link name}, in the letters of the asker. */
  readonly spelled: string;
  readonly type: number;
  readonly class: number;
  /** The question as it came, byte by byte. */
  readonly question: Buffer;
  readonly edns: Edns | null;
}

/** What came: a question, something to be refused, or nothing that may be answered. */
export type Received =
  | { readonly kind: 'query'; readonly query: Query }
  | { readonly kind: 'refused'; readonly rcode: Rcode; readonly id: number }
  | { readonly kind: 'ignored' };

const HEADER_BYTES = 12;
const NAME_BYTES_MAX = 255;
const LABEL_BYTES_MAX = 63;
const ANSWER_FLAG = 0x8000;
const OPCODE_MASK = 0x7800;
const RECURSION_DESIRED = 0x0100;
const OPT = 41;
/** A root name, a type, a class, a TTL and a length. */
const OPT_BYTES = 11;
const QUESTION_TAIL_BYTES = 4;

/**
 * Reads a message of an asker. It reads by hand, since what comes here is anybody's: never further
 * than the message, no pointers, one question, at most one record after it.
 */
export function readQuery(message: Buffer): Received {
  if (message.length < HEADER_BYTES) return { kind: 'ignored' };
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  // An answer to an answer would go on for ever.
  if ((flags & ANSWER_FLAG) !== 0) return { kind: 'ignored' };
  if ((flags & OPCODE_MASK) !== 0) return { kind: 'refused', rcode: RCODE.unsupported, id };
  const malformed: Received = { kind: 'refused', rcode: RCODE.malformed, id };
  const additional = message.readUInt16BE(10);
  if (message.readUInt16BE(4) !== 1 || message.readUInt32BE(6) !== 0) return malformed;
  const name = readName(message, HEADER_BYTES);
  if (name === null || name.end + QUESTION_TAIL_BYTES > message.length) return malformed;
  const end = name.end + QUESTION_TAIL_BYTES;
  const edns = additional === 1 ? readEdns(message, end) : null;
  const complete = additional === 0 ? end === message.length : edns !== null;
  if (!complete) return malformed;
  const query: Query = {
    id,
    recursionDesired: (flags & RECURSION_DESIRED) !== 0,
    name: name.text.toLowerCase(),
    spelled: name.text,
    type: message.readUInt16BE(name.end),
    class: message.readUInt16BE(name.end + 2),
    question: message.subarray(HEADER_BYTES, end),
    edns,
  };
  return { kind: 'query', query };
}

function readName(
  message: Buffer,
  start: number,
): { readonly text: string; readonly end: number } | null {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = message[at];
    at += 1;
    if (length === undefined || length > LABEL_BYTES_MAX) return null;
    if (length === 0) return { text: labels.join('.'), end: at };
    const end = at + length;
    if (end > message.length || end + 1 - start > NAME_BYTES_MAX) return null;
    labels.push(message.toString('latin1', at, end).replaceAll(/[^A-Za-z0-9_-]/g, '?'));
    at = end;
  }
}

/** @returns null where what is left of the message is not exactly one EDNS record. */
function readEdns(message: Buffer, start: number): Edns | null {
  if (start + OPT_BYTES > message.length || message[start] !== 0) return null;
  if (message.readUInt16BE(start + 1) !== OPT) return null;
  if (start + OPT_BYTES + message.readUInt16BE(start + 9) !== message.length) return null;
  return { udpBytes: message.readUInt16BE(start + 3), version: message.readUInt8(start + 6) };
}
