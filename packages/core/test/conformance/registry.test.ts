import { addressMutants, addressSets } from './addresses.mutants.ts';
import { proveMutants } from './mutate.ts';
import { namesMutants, namesSets } from './names.mutants.ts';

proveMutants('names', namesSets, namesMutants);
proveMutants('addresses', addressSets, addressMutants);
