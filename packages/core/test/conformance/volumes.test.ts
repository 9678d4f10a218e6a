import { mountsCases } from '@firecamp/core/conformance';
import { memoryMountsFixture } from '../support/memory-mounts.ts';
import { volumeNodeSets, volumeSets } from './broken-volumes.ts';
import { mountsMutants } from './mounts.mutants.ts';
import { proveMutants } from './mutate.ts';
import { volumeNodeMutants } from './volume-nodes.mutants.ts';
import { volumeMutants } from './volumes.mutants.ts';

proveMutants('a volume store', volumeSets, volumeMutants);
proveMutants('a volume store’s nodes', volumeNodeSets, volumeNodeMutants);
proveMutants('mounts', [{ cases: mountsCases(), makeFixture: memoryMountsFixture }], mountsMutants);
