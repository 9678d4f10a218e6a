import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedFolder } from '../../packages/files/dist/index.js';

/**
 * Makes a folder for a cluster within the checkout, where nothing is committed; others may pass
 * through to what is theirs. Where only root gets to the checkout, among the temporary files:
 * members of root's run as nobody.
 */
export async function makeFolder(root: string): Promise<string> {
  const closed = process.getuid?.() === 0 && (await closedFolder(root)) !== null;
  const parent =
    process.env['FIRECAMP_DEMO_PARENT'] ?? (closed ? tmpdir() : join(root, '.firecamp'));
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, 'demo-'));
  chmodSync(folder, 0o711);
  return folder;
}
