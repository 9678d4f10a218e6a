import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder with the configuration of a cluster that was never up. */
export class ClusterFolder implements Disposable {
  readonly path: string;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), 'firecamp-test-'));
    // Where root runs the tests, members would run as somebody else, who has to pass through.
    chmodSync(this.path, 0o711);
    writeFileSync(join(this.path, 'firecamp.yaml'), 'cluster: demo\n');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}
