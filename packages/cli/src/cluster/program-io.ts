import { join } from 'node:path';
import type { Io } from '../io.ts';
import { processIo } from '../process-io.ts';

/** The command, beside this file as it is built: nodes start their agents with it. */
const COMMAND = join(import.meta.dirname, '..', 'main.js');

/** What a cluster may know of a program that is no command. */
export function programIo(log: (line: string) => void): Io {
  return {
    ...processIo(),
    out: log,
    err: log,
    rewrite: () => {},
    terminal: false,
    colours: false,
    width: 80,
    signal: new AbortController().signal,
    self: [process.execPath, COMMAND],
  };
}
