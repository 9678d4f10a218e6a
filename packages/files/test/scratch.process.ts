/** Makes a file in a scratch folder, and prints what came of it. */
import { errno, Scratch } from '@firecamp/files';

// Told so, a program is not ended by the limit on the size of its files: the write fails instead.
process.on('SIGXFSZ', () => {});

const [folder = '', bytes = '0'] = process.argv.slice(2);
await new Scratch(folder).file('x'.repeat(Number(bytes))).then(
  () => console.log('made'),
  (error: unknown) => console.log(errno(error)),
);
