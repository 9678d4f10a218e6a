import { openSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Uses a folder in one way, says so, and goes on until its input ends. */
const [way, folder = ''] = process.argv.slice(2);
const file = join(folder, 'used');

switch (way) {
  case 'cwd':
    process.chdir(folder);
    break;
  case 'open':
    openSync(file, 'w');
    break;
  case 'deleted':
    openSync(file, 'w');
    rmSync(file);
    break;
  case 'beside':
    writeFileSync(`${folder}-beside`, '');
    openSync(`${folder}-beside`, 'r');
    break;
  default:
    throw new TypeError(`unknown way ${way}`);
}
process.stdout.write('ready\n');
process.stdin.resume();
