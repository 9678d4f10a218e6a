import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closedFolder } from '@firecamp/files';
import { expect, test } from 'vitest';

test('the first folder that others may not pass is named, also of a path that is not there', async () => {
  const open = mkdtempSync(join(tmpdir(), 'firecamp-closed-'));
  const closed = join(open, 'a');
  mkdirSync(join(closed, 'b'), { recursive: true });
  chmodSync(open, 0o711);
  try {
    chmodSync(closed, 0o710);
    chmodSync(join(closed, 'b'), 0o700);
    expect(await closedFolder(join(closed, 'b', 'missing'))).toBe(closed);
    chmodSync(closed, 0o701);
    expect(await closedFolder(join(closed, 'b', 'missing'))).toBe(join(closed, 'b'));
    expect(await closedFolder(join(closed, 'missing'))).toBeNull();
  } finally {
    rmSync(open, { recursive: true });
  }
});
