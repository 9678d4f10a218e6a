import { hidingOption } from '@firecamp/files';
import { expect, test } from 'vitest';

const NOBODY = 'Gid:\t65534\t65534\t65534\t65534\nGroups:\t100 \nCapEff:\t0000000000000000\n';
const IN_GROUP = 'Gid:\t1\t1\t1\t1\nGroups:\t7 100 \nCapEff:\t0000000000000000\n';
const ROOT = 'Gid:\t0\t0\t0\t0\nGroups:\t0 \nCapEff:\t000001ffffffffff\n';
const BOUND_ROOT = 'Gid:\t0\t0\t0\t0\nGroups:\t\nCapEff:\t000001fffff7ffff\n';

function mounts(options: string): string {
  return [
    '22 27 0:21 / / rw,relatime - ext4 /dev/root rw',
    '23 22 0:22 / /proc rw,nosuid shared:13 - proc proc rw,hidepid=ptraceable',
    `24 23 0:23 / /proc rw,nosuid shared:13 - proc proc ${options}`,
    '25 24 0:24 / /proc/sys/fs/binfmt_misc rw - autofs systemd-1 rw,hidepid=2',
    '',
  ].join('\n');
}

test.each([
  ['rw', NOBODY, null],
  ['rw,hidepid=0', NOBODY, null],
  ['rw,hidepid=off', NOBODY, null],
  ['rw,hidepid=1', NOBODY, 'hidepid=1'],
  ['rw,hidepid=2', NOBODY, 'hidepid=2'],
  ['rw,hidepid=invisible', NOBODY, 'hidepid=invisible'],
  ['rw,hidepid=ptraceable', NOBODY, 'hidepid=ptraceable'],
  ['rw,hidepid=of-tomorrow', NOBODY, 'hidepid=of-tomorrow'],
  ['rw,gid=7,hidepid=invisible', NOBODY, 'hidepid=invisible'],
  ['rw,gid=7,hidepid=invisible', IN_GROUP, null],
  ['rw,gid=7,hidepid=ptraceable', IN_GROUP, 'hidepid=ptraceable'],
  ['rw,hidepid=invisible', BOUND_ROOT, null],
  ['rw,gid=7,hidepid=invisible', BOUND_ROOT, 'hidepid=invisible'],
  ['rw,hidepid=ptraceable', ROOT, null],
])('a /proc with %s shows all processes, or says by what it hides some', (options, status, by) => {
  expect(hidingOption(mounts(options), status)).toBe(by);
});
