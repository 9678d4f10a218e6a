import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A user without rights that every Linux has. */
const NOBODY = { uid: 65_534, gid: 65_534 };

/** What of the checkout a user without rights needs to read. */
const NEEDED = ['package.json', 'packages', 'node_modules', 'scripts'];

/**
 * Runs the demo once more as a user without rights, with an empty home. Where that user cannot get
 * to the checkout, it gets a copy of what was built, outside.
 *
 * @param signal - ends that demo, which then removes what it has started.
 * @returns the exit code, once nothing of it is left; null where it was killed.
 */
export async function demoAsNobody(
  root: string,
  args: readonly string[],
  signal: AbortSignal,
): Promise<number | null> {
  const folder = mkdtempSync(join(tmpdir(), 'firecamp-nobody-'));
  try {
    chmodSync(folder, 0o755);
    const home = join(folder, 'home');
    mkdirSync(home);
    chownSync(home, NOBODY.uid, NOBODY.gid);
    const { checkout, node } = reachable(root, folder);
    const script = join(checkout, 'scripts/demo.ts');
    const child = spawn(node, [script, ...args], {
      ...NOBODY,
      cwd: home,
      stdio: 'inherit',
      env: { PATH: '/usr/bin:/bin', HOME: home, USER: 'nobody', FIRECAMP_DEMO_PARENT: home },
    });
    // What came while the checkout was copied comes now.
    signal.addEventListener('abort', () => child.kill());
    const [exitCode] = (await once(child, 'exit')) as [number | null];
    return exitCode;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The checkout and the Node that the user can run: as they are, or copies. */
function reachable(
  root: string,
  folder: string,
): { readonly checkout: string; readonly node: string } {
  const node = process.execPath;
  const command = join(root, 'packages/cli/dist/main.js');
  const tried = spawnSync(node, [command, '--help'], { ...NOBODY, stdio: 'ignore' });
  if (tried.status === 0) return { checkout: root, node };
  const checkout = join(folder, 'checkout');
  for (const path of NEEDED) {
    cpSync(join(root, path), join(checkout, path), { recursive: true, verbatimSymlinks: true });
  }
  const ownNode = join(folder, 'node');
  cpSync(realpathSync(node), ownNode);
  const opened = spawnSync('chmod', ['-R', 'go=u-w', checkout, ownNode]);
  if (opened.status !== 0) throw new Error(`chmod: ${opened.stderr.toString()}`);
  return { checkout, node: ownNode };
}
