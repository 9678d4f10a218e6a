import { mountsCases, register, volumeCases, volumeNodeCases } from '@firecamp/core/conformance';
import { sharedDirectories } from '@firecamp/storage-local';
import * as vitest from 'vitest';
import { mountsFixture, volumeFixture } from './fixture.ts';

const { capabilities } = sharedDirectories;

register(vitest, 'shared directories', volumeCases(capabilities), volumeFixture);
register(vitest, 'shared directories on a node', volumeNodeCases(capabilities), volumeFixture, {
  fenceVolume: 'what is fenced is a whole node, with all that runs there',
});
register(vitest, 'folders as mounts', mountsCases(), mountsFixture, {
  cutOffFormat: 'a folder is formatted by linking one file, all of it or nothing',
});
