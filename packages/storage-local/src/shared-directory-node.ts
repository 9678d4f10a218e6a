import { join } from 'node:path';
import {
  type Acquired,
  type AdapterContext,
  type CallOptions,
  type EffectOptions,
  FireCampError,
  type Holder,
  type NodeFacts,
  type VolumeLimits,
  type VolumeNode,
  type VolumeRef,
  type VolumeStoreCapabilities,
} from '@firecamp/core';
import type { Purpose } from '@firecamp/files';
import { type Backend, purposeOf } from './backend.ts';
import { capabilities } from './capabilities.ts';
import { FILES } from './data-folders.ts';
import {
  type Boot,
  bootOf,
  heldBy,
  holderOf,
  holdersOf,
  newHolder,
  type VolumeHolder,
  type VolumeRecord,
} from './records.ts';

/** The agent's half of shared directories: what one boot of one node holds. */
export class SharedDirectoryNode implements VolumeNode {
  readonly capabilities: VolumeStoreCapabilities = capabilities;
  readonly #backend: Backend;
  readonly #own: Boot;

  /** No I/O happens here. */
  constructor(backend: Backend, context: Pick<AdapterContext, 'node' | 'boot'>) {
    this.#backend = backend;
    this.#own = bootOf(context);
  }

  async acquire({ id }: VolumeRef, self: NodeFacts, options: EffectOptions): Promise<Acquired> {
    const purpose = purposeOf('VolumeNode.acquire', id);
    this.#checkSelf(purpose, self);
    const max = self.limits.volumesMax;
    const used = max === null ? 0 : (await this.limits(options)).used;
    const decide = (record: VolumeRecord, next: number): VolumeRecord => {
      if (heldBy(record, this.#own)) return record;
      if (record.holder !== null) throw heldElsewhere(purpose, record.holder);
      if (max === null || used < max) return { ...record, holder: newHolder(this.#own, next) };
      const text = `node ${self.id} holds ${used} volumes, of at most ${max}`;
      throw new FireCampError('EXHAUSTED', text, purpose);
    };
    const changing = this.#backend.underPermit(purpose, options, 'volumes.acquire');
    const record = await this.#backend.volumes.change(id, decide, changing);
    if (record === null || record.holder === null) {
      throw new FireCampError('NOT_FOUND', `there is no volume ${id}`, purpose);
    }
    return this.#acquired(record, record.holder);
  }

  async release({ id }: VolumeRef, options: EffectOptions): Promise<void> {
    const purpose = purposeOf('VolumeNode.release', id);
    const decide = (record: VolumeRecord): VolumeRecord => {
      if (!heldBy(record, this.#own)) return record;
      if (record.holder?.mounted !== true) return { ...record, holder: null };
      throw new FireCampError('FAILED_PRECONDITION', `volume ${id} is still mounted`, purpose);
    };
    const changing = this.#backend.underPermit(purpose, options, 'volumes.release');
    await this.#backend.volumes.change(id, decide, changing);
  }

  async *acquired(call?: CallOptions): AsyncGenerator<Acquired> {
    const all = this.#backend.volumes.list(purposeOf('VolumeNode.acquired', ''), call);
    for await (const record of all) {
      if (record.holder === null || !heldBy(record, this.#own)) continue;
      yield this.#acquired(record, record.holder);
    }
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return holdersOf(
      await this.#backend.volumes.get(id, purposeOf('VolumeNode.holders', id), call),
    );
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    const all = this.#backend.volumes.list(purposeOf('VolumeNode.limits', ''), call);
    let used = 0;
    for await (const record of all) if (heldBy(record, this.#own)) used += 1;
    return { max: null, used };
  }

  #acquired(record: VolumeRecord, holder: VolumeHolder): Acquired {
    const path = join(this.#backend.data.path(record), FILES);
    return { volume: record.id, kind: 'directory', path, holder: holderOf(holder) };
  }

  #checkSelf({ operation }: Purpose, self: NodeFacts): void {
    const { node, boot } = this.#own;
    if (self.id === node && self.boot === boot) return;
    const text = `these are the facts of ${self.id}:${self.boot}, not of ${node}:${boot}`;
    const subject = { key: 'self' };
    throw new FireCampError('INVALID_ARGUMENT', text, { operation, subject });
  }
}

function heldElsewhere(purpose: Purpose, { node, token }: VolumeHolder): FireCampError {
  const { operation, subject } = purpose;
  const who = node === null ? 'somebody who is no node' : `node ${node}`;
  const text = `volume ${subject['id']}: ${who} holds it as ${token}; fence it first`;
  return new FireCampError('FAILED_PRECONDITION', text, {
    operation,
    subject: { ...subject, holder: token },
  });
}
