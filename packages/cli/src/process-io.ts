import type { Io } from './io.ts';

/** What a process can say of itself, whichever program it runs. */
type ProcessIo = Pick<Io, 'folder' | 'environment' | 'uid' | 'userName' | 'signalProcess'>;

export function processIo(): ProcessIo {
  return {
    folder: process.cwd(),
    environment: process.env,
    uid: process.getuid?.() ?? null,
    userName: () => {
      try {
        return process.getBuiltinModule('node:os').userInfo().username;
      } catch {
        return null;
      }
    },
    signalProcess: (pid, signal) => {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
      }
    },
  };
}
