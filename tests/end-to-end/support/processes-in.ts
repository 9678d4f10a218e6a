import { globSync, readFileSync } from 'node:fs';

/** Those whose command line names the folder: each as its file in `/proc`. */
export function processesIn(folder: string): readonly string[] {
  return globSync('/proc/[0-9]*/cmdline').filter((path) => {
    try {
      return readFileSync(path, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}
