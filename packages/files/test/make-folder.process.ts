/** Makes a folder, and prints what came of it. */
import { errno, makeFolder } from '@firecamp/files';

const [path = ''] = process.argv.slice(2);
await makeFolder(path).then(
  () => console.log('made'),
  (error: unknown) => console.log(errno(error)),
);
