import { expect, test } from 'vitest';
import { pathsOf, placeOf } from '../src/mount-table.ts';

const MOUNTS = [
  '22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw',
  '23 22 8:2 / /srv rw - ext4 /dev/sda2 rw',
  '24 22 8:2 /volumes/v1/data /mnt/with\\040blank rw shared:1 - ext4 /dev/sda2 rw',
  '25 22 8:2 /volumes /elsewhere rw - ext4 /dev/sda2 rw',
  '26 22 8:2 /volumes/v10 /other rw - ext4 /dev/sda2 rw',
  '27 22 8:3 /volumes/v1 /foreign rw - ext4 /dev/sda3 rw',
  '',
].join('\n');

test('a place is found by the longest mount above it, the last of several at one point', () => {
  expect(placeOf('/etc/x', MOUNTS)).toEqual({ device: '8:1', path: '/etc/x' });
  expect(placeOf('/srv/volumes/v1', MOUNTS)).toEqual({ device: '8:2', path: '/volumes/v1' });
  expect(placeOf('/srvs', MOUNTS)).toEqual({ device: '8:1', path: '/srvs' });
  const covered = `${MOUNTS}28 22 8:9 /sub /srv rw - ext4 /dev/sda9 rw\n`;
  expect(placeOf('/srv/a', covered)).toEqual({ device: '8:9', path: '/sub/a' });
  expect(placeOf('/a', '')).toBeNull();
});

test('a place is seen by every mount above it and every mount of a part of it', () => {
  expect(pathsOf({ device: '8:2', path: '/volumes/v1' }, MOUNTS)).toEqual([
    '/srv/volumes/v1',
    '/mnt/with blank',
    '/elsewhere/v1',
  ]);
  expect(pathsOf({ device: '8:1', path: '/' }, MOUNTS)).toEqual(['/']);
});
