#!/usr/bin/env node
import { runCli } from './cli.ts';
import type { Io } from './io.ts';

/** How often a person must ask before the process ends without waiting for anything. */
const INTERRUPTS_MAX = 2;

const ending = new AbortController();
let interrupts = 0;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interrupts += 1;
    if (interrupts >= INTERRUPTS_MAX) process.exit(130);
    ending.abort(signal);
  });
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
  folder: process.cwd(),
  environment: process.env,
  signal: ending.signal,
  self: [process.execPath, process.argv[1] ?? ''],
  uid: process.getuid?.() ?? null,
  signalProcess: (pid, signal) => {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
    }
  },
};

process.exitCode = await runCli(process.argv.slice(2), io);
