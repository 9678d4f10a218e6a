import { mountsCases, register } from '@firecamp/core/conformance';
import * as vitest from 'vitest';
import { memoryMountsFixture } from '../support/memory-mounts.ts';

register(vitest, 'memory mounts', mountsCases(), memoryMountsFixture);
