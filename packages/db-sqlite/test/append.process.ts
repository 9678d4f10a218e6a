/** Writes numbered groups of records, and prints each number once it was acknowledged, till it is refused. */
import { FireCampError } from '@firecamp/core';
import { create, openAt, PARTS } from './machine.ts';

// Told so, a program is not ended by the limit on the size of its files: the write fails instead.
process.on('SIGXFSZ', () => {});

const [file = '', text = '', user = ''] = process.argv.slice(2);
if (user !== '' && process.setgroups && process.setgid && process.setuid) {
  process.setgroups([]);
  process.setgid(Number(user));
  process.setuid(Number(user));
}
const database = openAt(file);
for (let number = 0; ; number++) {
  try {
    await database.write(
      Array.from({ length: PARTS }, (_, part) => create(`${number}/${part}`, text.repeat(200))),
    );
  } catch (error) {
    if (!FireCampError.is(error)) throw error;
    console.log(JSON.stringify({ code: error.code, message: error.message }));
    process.exit(0);
  }
  console.log(number);
}
