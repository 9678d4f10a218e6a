import { join } from 'node:path';
import { type CallOptions, type EffectOptions, FireCampError, type Holder } from '@firecamp/core';
import {
  FileCalls,
  type FileWire,
  type Purpose,
  RecordFolder,
  requireLinux,
  Scratch,
  untilDone,
} from '@firecamp/files';
import type { LoopbackOptions } from './loopback-options.ts';
import type { AddressRange } from './loopback-range.ts';
import { decodePool, EMPTY_POOL, holderOf, type Lent, type PoolRecord } from './loopback-record.ts';
import { boundPorts } from './loopback-sockets.ts';

/** The one record of the folder. */
const POOL = 'pool';

/** What all halves of one pool share: its record, and what the kernel says. */
export class LoopbackBackend {
  readonly range: AddressRange;
  readonly #calls: FileCalls;
  readonly #records: RecordFolder<PoolRecord>;

  /** No I/O happens here. */
  constructor({ folder, range }: LoopbackOptions, wire?: FileWire) {
    this.range = range;
    this.#calls = new FileCalls(wire);
    const scratch = new Scratch(join(folder, 'tmp'));
    this.#records = new RecordFolder(folder, scratch, decodePool);
  }

  async read(purpose: Purpose, call?: CallOptions): Promise<PoolRecord> {
    requireLinux(purpose.operation);
    const found = await this.#calls.look(purpose, call, () => this.#records.get(POOL));
    return found?.value ?? EMPTY_POOL;
  }

  /**
   * Changes the record, beginning again whenever another change comes first.
   *
   * @param decide - is given the record and the number that a changed one will have; gives back
   *   the same record for no change, throws to refuse.
   * @returns the record as it stands then.
   */
  async change(
    decide: (pool: PoolRecord, next: number) => Promise<PoolRecord> | PoolRecord,
    send: { readonly purpose: Purpose; readonly options: EffectOptions; readonly request: string },
  ): Promise<PoolRecord> {
    const { purpose, options, request } = send;
    requireLinux(purpose.operation);
    return untilDone(purpose, async () => {
      const found = await this.#calls.look(purpose, options, () => this.#records.get(POOL));
      const seq = found?.seq ?? 0;
      const pool = found?.value ?? EMPTY_POOL;
      const changed = await decide(pool, seq + 1);
      if (changed === pool) return pool;
      const write = (): Promise<boolean> => this.#records.put(POOL, seq, changed);
      return (await this.#calls.change(purpose, options, request, write)) ? changed : null;
    });
  }

  /**
   * Who holds an address, by the word of the kernel: nobody where no process has a socket there,
   * else the node that it is assigned to, or somebody who is not ours.
   */
  async holder(
    { ip, assigned }: Lent,
    purpose: Purpose,
    call?: CallOptions,
  ): Promise<{ readonly holder: Holder; readonly ports: readonly string[] } | null> {
    const ports = await this.#calls.look(purpose, call, () => boundPorts(ip));
    if (ports.length === 0) return null;
    const token = ports.join(' ');
    const holder: Holder =
      assigned === null ? { node: null, token, writable: true } : holderOf(assigned);
    return { holder, ports };
  }

  /** @throws `FAILED_PRECONDITION` - a process has a socket at the address. */
  async refuseHeld(lent: Lent, purpose: Purpose, call: CallOptions): Promise<void> {
    const held = await this.holder(lent, purpose, call);
    if (held === null) return;
    const who = held.holder.node === null ? 'somebody' : `node ${held.holder.node}`;
    const text = `address ${lent.ip}: a process of ${who} listens at ${held.ports.join(', ')}`;
    throw new FireCampError('FAILED_PRECONDITION', text, {
      ...purpose,
      subject: { ...purpose.subject, holder: held.holder.token },
    });
  }
}

/** Which operation it is, and of what. */
export function purposeOf(operation: string, id: string): Purpose {
  return { operation, subject: { id } };
}
