/** Adds 1 to one record, as often as it is told, each time on condition. */
import { FireCampError } from '@firecamp/core';
import { openAt } from './machine.ts';

const [file = '', times = '0'] = process.argv.slice(2);
await using database = openAt(file);
let lost = 0;
for (let done = 0; done < Number(times); ) {
  const entry = await database.get('things', 'sum');
  if (entry === null) throw new Error('there is no sum');
  const { revision } = entry;
  const value = Number(entry.value) + 1;
  const token = crypto.randomUUID();
  try {
    await database.write([
      { kind: 'update', collection: 'things', id: 'sum', value, revision, token },
    ]);
    done++;
  } catch (error) {
    if (!FireCampError.is(error, 'CONFLICT') && !FireCampError.is(error, 'UNAVAILABLE'))
      throw error;
    lost++;
  }
}
console.log(JSON.stringify({ lost }));
