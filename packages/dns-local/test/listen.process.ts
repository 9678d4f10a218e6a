import { createServer } from 'node:net';

/** Listens at an address, says so, and goes on. */
const [ip = ''] = process.argv.slice(2);
createServer().listen(0, ip, () => process.stdout.write('ready\n'));
