/** Stands still in the middle of a transaction, with a change made and not committed. */
import { DatabaseSync } from 'node:sqlite';

const [file = ''] = process.argv.slice(2);
const database = new DatabaseSync(file);
database.exec('BEGIN IMMEDIATE');
database.exec('UPDATE entries SET value = \'"half"\'');
console.log('holding');
process.stdin.resume();
