/** Adds 1 to one record, as often as it is told, each time on condition. */
import { FireCampError } from '@firecamp/core';
import { create, openAt, update } from './machine.ts';

const [file = '', times = '0'] = process.argv.slice(2);
await using database = openAt(file);
let lost = 0;
for (let done = 0; done < Number(times); ) {
  const entry = await database.get('things', 'sum');
  const value = Number(entry?.value ?? 0) + 1;
  const write = entry === null ? create('sum', value) : update('sum', value, entry.revision);
  try {
    await database.write([write]);
    done++;
  } catch (error) {
    if (!FireCampError.is(error, 'CONFLICT') && !FireCampError.is(error, 'UNAVAILABLE'))
      throw error;
    lost++;
  }
}
console.log(JSON.stringify({ lost }));
