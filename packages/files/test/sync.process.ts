/** Puts a tree on the disk, and prints what came of it. */
import { FireCampError } from '@firecamp/core';
import { syncTree } from '@firecamp/files';

const [path = ''] = process.argv.slice(2);
await syncTree(path).then(
  () => console.log('on the disk'),
  (error: Error) => console.log(FireCampError.is(error) ? error.code : '', error.message),
);
