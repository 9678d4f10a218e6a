#!/usr/bin/env node
import module from 'node:module';
import { join } from 'node:path';
import type { Io } from './io.ts';
import { processIo } from './process-io.ts';

/** How often a person must ask before the process ends without waiting for anything. */
const INTERRUPTS_MAX = 2;

const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  process.stderr.write(`firecamp: this is Node ${process.versions.node}; it needs 24 or newer\n`);
  process.exit(3);
}

// Beside the code, so that nobody can put something there who could not change the code itself. Where
// it cannot be written, there is none.
module.enableCompileCache(join(import.meta.dirname, 'compiled'));

const ending = new AbortController();
let interrupts = 0;
process.on('SIGINT', () => {
  interrupts += 1;
  if (interrupts >= INTERRUPTS_MAX) process.exit(130);
  ending.abort('SIGINT');
});
// Programs ask as often as they like: what runs is ended in order all the same.
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => ending.abort(signal));
}
// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  process.exit(error.code === 'EPIPE' ? 0 : 70);
});

const io: Io = {
  out: (text) => process.stdout.write(`${text}\n`),
  err: (text) => process.stderr.write(`${text}\n`),
  rewrite: (text) => process.stderr.write(text),
  terminal: process.stderr.isTTY,
  colours: process.stderr.isTTY && process.env['NO_COLOR'] === undefined,
  width: process.stdout.columns ?? 80,
  ...processIo(),
  signal: ending.signal,
  self: [process.execPath, process.argv[1] ?? ''],
};

// Loaded last: an older Node could not even read it. It never rejects.
void import('./cli.ts')
  .then(({ runCli }) => runCli(process.argv.slice(2), io))
  .then((exitCode) => {
    process.exitCode = exitCode;
  });
