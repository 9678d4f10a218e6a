import type { Content } from '../../volume/mounts.ts';
import { Violation } from '../check/violation.ts';
import type { Container } from './container.ts';

/** What is on a volume, whoever can reach it. */
export class VolumeData {
  readonly id: string;
  /** `half`: formatting was begun and not finished. */
  filesystem: 'none' | 'half' | 'done' = 'none';
  fsUuid = '';
  /** Records that programs wrote and know to be durable. */
  records = 0;
  #writer: Container | null = null;
  readonly #former = new Set<string>();

  constructor(id: string) {
    this.id = id;
  }

  inspect(): Content {
    switch (this.filesystem) {
      case 'none':
        return { kind: 'empty' };
      case 'half':
        return { kind: 'unknown', why: 'a filesystem was begun and not finished' };
      case 'done':
        return { kind: 'filesystem', fsUuid: this.fsUuid };
    }
  }

  /** Begins a filesystem: from now on all that was there is gone. */
  beginFormat(fsUuid: string, by: string): void {
    if (this.records > 0) {
      throw new Violation('S6', `${by} formats ${this.id}, which holds ${this.records} records`);
    }
    this.filesystem = 'half';
    this.fsUuid = fsUuid;
  }

  endFormat(fsUuid: string): void {
    if (this.filesystem === 'half' && this.fsUuid === fsUuid) this.filesystem = 'done';
  }

  /** A program writes one record and flushes it. */
  write(by: Container): void {
    if (this.#former.has(by.task)) {
      const now = this.#writer;
      throw new Violation(
        'S1',
        `${by.task} of ${by.memberId} on ${by.node.id} writes to ${this.id} after ` +
          `${now?.task} on ${now?.node.id} took over`,
      );
    }
    if (this.#writer !== null && this.#writer !== by) this.#former.add(this.#writer.task);
    this.#writer = by;
    this.records += 1;
  }

  /** What a copy of it holds. */
  copyFrom(other: VolumeData): void {
    this.filesystem = other.filesystem;
    this.fsUuid = other.fsUuid;
    this.records = other.records;
  }
}
