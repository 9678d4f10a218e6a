import { expect, test } from 'vitest';
import { networkFilesystem } from '../src/network-filesystem.ts';

test('a filesystem of a network is told from one of this machine, with either sign', () => {
  const NFS = 0x6969;
  const CIFS = 0xff534d42;
  const LOCAL = { ext4: 0xef53, xfs: 0x58465342, btrfs: 0x9123683e, tmpfs: 0x01021994 };
  const OVERLAY = 0x794c7630;

  expect(networkFilesystem(NFS)).toBe('NFS');
  expect(networkFilesystem(CIFS)).toBe('CIFS');
  expect(networkFilesystem(CIFS | 0)).toBe('CIFS');
  for (const type of [...Object.values(LOCAL), OVERLAY]) expect(networkFilesystem(type)).toBeNull();
});
