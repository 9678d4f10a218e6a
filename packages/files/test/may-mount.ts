import { execFileSync } from 'node:child_process';

/** What `unshare` needs to be told so that its program may mount, where nobody else sees it. */
export const UNSHARE: readonly string[] = [
  '--mount',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']),
];

/** Whether this machine lets us. */
export function mayMount(): boolean {
  try {
    execFileSync('unshare', [...UNSHARE, 'mount', '--bind', '/tmp', '/tmp'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
