import { connect } from 'node:net';
import { FireCampError } from '@firecamp/core';

const ANSWER_MS_MAX = 2_000;

/**
 * Asks the small server of the test recipes one thing, for example `add`.
 *
 * @throws `UNAVAILABLE` - it did not answer; whether it acted is not known.
 */
export async function askTally(
  host: string,
  port: number,
  command: string,
  signal?: AbortSignal,
): Promise<string> {
  const socket = connect({ host, port, ...(signal === undefined ? {} : { signal }) });
  socket.setEncoding('utf8');
  socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error('no answer in time')));
  socket.write(`${command}\n`);
  let text = '';
  try {
    for await (const chunk of socket) {
      text += chunk;
      if (text.endsWith('\n')) return text.slice(0, -1);
    }
    throw new Error('the connection ended');
  } catch (cause) {
    throw unavailable(host, command, cause);
  } finally {
    socket.destroy();
  }
}

function unavailable(host: string, command: string, cause: unknown): FireCampError {
  const text = cause instanceof Error ? cause.message : String(cause);
  return new FireCampError('UNAVAILABLE', `${host}: ${command}: ${text}`, {
    operation: 'tally.ask',
    subject: { host },
    cause,
  });
}
