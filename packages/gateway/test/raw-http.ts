import { type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

/** An answer as it came, whatever it is. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

/** A request with nothing added and nothing checked. */
export interface RawRequest {
  readonly socket: string;
  readonly token?: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer | AsyncIterable<string | Buffer>;
}

/** @returns null where the other side hung up without an answer. */
export function ask(raw: RawRequest): Promise<RawAnswer | null> {
  const { socket: socketPath, token = '', method = 'POST', path = '/v1/database.get' } = raw;
  const headers = {
    'content-type': 'application/json',
    ...(token === '' ? {} : { authorization: `Bearer ${token}` }),
    ...raw.headers,
  };
  return new Promise((resolve) => {
    const sending = request({ socketPath, method, path, headers, agent: false }, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body }),
        () => resolve(null),
      );
    });
    // An answer that came before the body was sent is an answer all the same.
    sending.on('error', () => setTimeout(resolve, 100, null));
    const { body = '' } = raw;
    if (typeof body === 'string' || Buffer.isBuffer(body)) sending.end(body);
    else void stream(body, sending);
  });
}

async function stream(
  body: AsyncIterable<string | Buffer>,
  sending: ReturnType<typeof request>,
): Promise<void> {
  for await (const chunk of body) {
    if (sending.destroyed || sending.closed) return;
    if (!sending.write(chunk)) {
      await new Promise((resolve) => {
        sending.once('drain', resolve);
        sending.once('close', resolve);
      });
    }
  }
  sending.end();
}

/** What the server says to these bytes before it hangs up. */
export function say(path: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const heard: Buffer[] = [];
    socket.on('data', (chunk) => heard.push(chunk));
    socket.once('error', () => {});
    socket.once('close', () => resolve(Buffer.concat(heard).toString('utf8')));
    socket.write(bytes);
  });
}
