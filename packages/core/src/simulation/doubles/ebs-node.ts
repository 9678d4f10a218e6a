import { FireCampError } from '../../error.ts';
import type { Holder, NodeFacts } from '../../model/node.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import type { Acquired, VolumeLimits, VolumeNode } from '../../volume/volume-node.ts';
import type { VolumeRef, VolumeStoreCapabilities } from '../../volume/volume-store.ts';
import { lookKind, readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { EBS_CAPABILITIES, type EbsBackend } from './ebs.ts';
import { refuse } from './volume-shelf.ts';

const ATTACH = writeKind('ebs', 'attach');
const DETACH = writeKind('ebs', 'detach');
const DESCRIBE = readKind('ebs', 'describe', true);
const DEVICES = lookKind('devices');
const POLL_MS = 500;
/** An attachment that does not appear by then is taken back and tried anew. */
const STUCK_POLLS = 12;

/** The agent's half: attaches to its own instance, and finds devices by their serial. */
export class EbsNode implements VolumeNode {
  readonly capabilities: VolumeStoreCapabilities = EBS_CAPABILITIES;
  readonly #port: Port;
  readonly #backend: EbsBackend;
  readonly #node: SimulatedNode;

  constructor(port: Port, backend: EbsBackend, node: SimulatedNode) {
    this.#port = port;
    this.#backend = backend;
    this.#node = node;
  }

  /** Each internal step that changes something asks the permit: attach, and a detach of what hangs. */
  async acquire({ id }: VolumeRef, _self: NodeFacts, options: EffectOptions): Promise<Acquired> {
    const found = await this.#device(id, options);
    if (found !== null) return this.#acquired(id, found);
    await this.#port.change(ATTACH, () => this.#backend.attach(id, this.#node), options);
    for (let poll = 0; poll < STUCK_POLLS; poll += 1) {
      const device = await this.#device(id, options);
      if (device !== null) return this.#acquired(id, device);
      await this.#port.life.clock.sleep(POLL_MS, options.signal);
    }
    await this.#takeBack(id, options);
    throw new FireCampError('UNAVAILABLE', `${id} hangs while it is attached`, {
      operation: 'volumes.acquire',
    });
  }

  async release({ id }: VolumeRef, options: EffectOptions): Promise<void> {
    if (this.#node.mounts.has(id)) {
      throw refuse('FAILED_PRECONDITION', 'release', `volume ${id} is mounted`);
    }
    await this.#takeBack(id, options);
  }

  async *acquired(call?: CallOptions): AsyncIterable<Acquired> {
    const look = (): readonly Acquired[] =>
      this.#backend
        .devicesOn(this.#node)
        .map((id) => this.#acquired(id, this.#backend.deviceOn(this.#node, id) ?? ''));
    yield* await this.#port.call(DEVICES, look, call);
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(DESCRIBE, () => this.#backend.holders(id), {
      signal: call?.signal,
      stale: () => this.#backend.staleHolders(id),
    });
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    const used = (): number => this.#backend.devicesOn(this.#node).length;
    return this.#port.call(DEVICES, () => ({ max: null, used: used() }), call);
  }

  /** Detaches from the own instance, under the device name that the API shows for it. */
  async #takeBack(id: string, options: EffectOptions): Promise<void> {
    const [holder] = await this.holders(id, options);
    if (holder === undefined || holder.node !== this.#node.id) return;
    await this.#port.change(DETACH, () => this.#backend.detach(id, holder.token), options);
  }

  async #device(id: string, call: CallOptions): Promise<string | null> {
    return this.#port.call(DEVICES, () => this.#backend.deviceOn(this.#node, id), call);
  }

  #acquired(id: string, token: string): Acquired {
    const holder = { node: this.#node.id, token, writable: true };
    return { volume: id, kind: 'block', path: `/dev/disk/by-id/${id}`, holder };
  }
}
