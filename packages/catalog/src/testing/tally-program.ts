/**
 * A small server that appends numbered lines to a file on each of its volumes, every line with a
 * checksum over all lines before it, and answers lines over TCP. It starts only on files that are
 * whole; a last line that was cut off was never acknowledged, and is dropped.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

const LINE_BYTES_MAX = 1024;

interface Tally {
  count: number;
  sum: string;
}

const { values } = parseArgs({
  options: {
    folder: { type: 'string', multiple: true },
    address: { type: 'string' },
    port: { type: 'string' },
  },
});
const files = (values.folder ?? []).map((folder) => join(folder, 'tally'));
const handles = files.map((path) => openSync(path, 'a+', 0o600));
const tallies = files.map(load);
const notes = new Map<string, string>();

function lineOf(count: number, before: string): string {
  const sum = createHash('sha256').update(`${before} ${count}`).digest('hex');
  return `${count} ${sum}\n`;
}

function load(path: string): Tally {
  const text = readFileSync(path, 'utf8');
  const tally: Tally = { count: 0, sum: '' };
  let at = 0;
  for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', at)) {
    const line = text.slice(at, end + 1);
    if (line !== lineOf(tally.count + 1, tally.sum))
      throw new Error(`${path}: wrong at byte ${at}`);
    tally.count += 1;
    tally.sum = line.slice(line.indexOf(' ') + 1, -1);
    at = end + 1;
  }
  truncateSync(path, at);
  return tally;
}

function append(): number {
  handles.forEach((handle, index) => {
    const tally = tallies[index] ?? { count: 0, sum: '' };
    const line = lineOf(tally.count + 1, tally.sum);
    writeSync(handle, line);
    fsyncSync(handle);
    tallies[index] = { count: tally.count + 1, sum: line.slice(line.indexOf(' ') + 1, -1) };
  });
  return tallies[0]?.count ?? 0;
}

function answer(line: string): string {
  const [command = '', key = '', value = ''] = line.split(' ');
  switch (command) {
    case 'add':
      return `${append()}`;
    case 'count':
      return `${tallies[0]?.count ?? 0}`;
    case 'dump':
      return JSON.stringify(files[0] === undefined ? '' : readFileSync(files[0], 'utf8'));
    case 'note':
      notes.set(key, value);
      return 'noted';
    case 'notes':
      return JSON.stringify(Object.fromEntries(notes));
    default:
      return 'unknown';
  }
}

function serve(socket: Socket): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    if (text.length > LINE_BYTES_MAX) socket.destroy();
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) socket.write(`${answer(line)}\n`);
  });
}

const server = createServer(serve);
server.listen({ host: values.address, port: Number(values.port) });
process.once('SIGTERM', () => {
  for (const handle of handles) closeSync(handle);
  process.exit(0);
});
