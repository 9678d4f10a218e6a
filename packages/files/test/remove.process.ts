/** Removes a tree, and prints what came of it. */
import { removeTree } from '@firecamp/files';

const [path = ''] = process.argv.slice(2);
await removeTree(path).then(
  () => console.log('removed'),
  (error: Error) => console.log(error.message),
);
