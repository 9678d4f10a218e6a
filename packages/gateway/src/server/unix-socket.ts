import { randomBytes } from 'node:crypto';
import { chmod, lstat, mkdir, rename, stat, unlink } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { errno, fromErrno, orAbsent } from '@firecamp/files';

/** The longest path that a socket can have, in bytes. */
const PATH_BYTES_MAX = 107;

const OPERATION = 'Gateway.listen';

/** A socket in the filesystem that a server listens on. */
export interface UnixSocket {
  /** Takes the name away, if it is still this socket's. */
  remove(): Promise<void>;
}

/**
 * Listens on a socket that only this user can reach: mode 0600 in a folder of mode 0700, which is
 * made where it is missing. What a server that has ended left behind is replaced.
 *
 * @throws `FAILED_PRECONDITION` - another server answers there, something else has that name, or
 *   the folder is open to others.
 * @throws `INVALID_ARGUMENT` - the path is too long for a socket.
 */
export async function listenUnix(server: Server, path: string): Promise<UnixSocket> {
  try {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await checkPrivate(folder);
    // It is bound under another name first: a rename never takes a name away for a moment, and what
    // the system removes when the server closes is then not a successor's socket.
    const bound = join(folder, `.${randomBytes(4).toString('hex')}`);
    for (const each of [path, bound]) checkLength(each);
    await listen(server, bound);
    await chmod(bound, 0o600);
    const { ino } = await stat(bound);
    try {
      await checkFree(path);
      await rename(bound, path);
    } catch (error) {
      await orAbsent(unlink(bound));
      throw error;
    }
    return { remove: () => removeOwn(path, ino) };
  } catch (error) {
    throw FireCampError.is(error) ? error : fromErrno(OPERATION, { path }, error);
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function checkPrivate(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  if ((mode & 0o077) !== 0) {
    throw refused(`${folder} has mode ${(mode & 0o777).toString(8)} and must have 700`, folder);
  }
  if (uid !== process.getuid?.()) throw refused(`${folder} belongs to another user`, folder);
}

/** A socket that nobody answers on is what a server left behind that was killed. */
async function checkFree(path: string): Promise<void> {
  const found = await orAbsent(lstat(path));
  if (found === null) return;
  if (!found.isSocket()) throw refused(`${path} is there and is no socket`, path);
  if (await answers(path)) throw refused(`another manager listens on ${path}`, path);
}

/** Whether a server listens there, be it one that is busy or stopped. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', (error) => {
      const code = errno(error);
      if (code === 'ECONNREFUSED' || code === 'ENOENT') resolve(false);
      else if (code === 'EAGAIN') resolve(true);
      // It ended before it took the connection: from now on the answer is another.
      else if (code === 'ECONNRESET') resolve(answers(path));
      else reject(error);
    });
  });
}

async function removeOwn(path: string, inode: number): Promise<void> {
  const found = await orAbsent(lstat(path));
  if (found?.ino === inode) await orAbsent(unlink(path));
}

function checkLength(path: string): void {
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return;
  throw new FireCampError(
    'INVALID_ARGUMENT',
    `${path}: a socket's path has at most ${PATH_BYTES_MAX} bytes: choose a shorter folder`,
    { operation: OPERATION, subject: { path } },
  );
}

function refused(message: string, path: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', message, {
    operation: OPERATION,
    subject: { path },
  });
}
