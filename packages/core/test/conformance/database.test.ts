import { databaseSets } from './broken-database.ts';
import { databaseMutants } from './database.mutants.ts';
import { proveMutants } from './mutate.ts';

proveMutants('a database', databaseSets, databaseMutants);
