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
const DESCRIBE_INSTANCE = readKind('ebs', 'describe-instance');
const DEVICES = lookKind('devices');
const POLL_MS = 500;
/** An attachment that does not appear by then is taken back and tried anew. */
const STUCK_POLLS = 12;
/** A detachment that is not seen to have ended by then is left to itself. */
const DETACH_POLLS = 20;

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
    const hanging = await this.#attachedHere(id, options);
    if (hanging !== null) await this.#detach(id, hanging, options);
    throw new FireCampError('UNAVAILABLE', `${id} hangs while it is attached`, {
      operation: 'volumes.acquire',
    });
  }

  async release({ id }: VolumeRef, options: EffectOptions): Promise<void> {
    if (this.#node.mounts.has(id)) {
      throw refuse('FAILED_PRECONDITION', 'release', `volume ${id} is mounted`);
    }
    let asked = false;
    for (let poll = 0; poll < DETACH_POLLS; poll += 1) {
      const token = await this.#attachedHere(id, options);
      // The API may not show yet what the kernel has: both must say that it is gone.
      const device = token === null ? await this.#device(id, options) : token;
      if (device === null) return;
      if (token !== null && !asked) asked = await this.#detach(id, token, options);
      await this.#port.life.clock.sleep(POLL_MS, options.signal);
    }
    throw new FireCampError('UNAVAILABLE', `${id} hangs while it is detached`, {
      operation: 'volumes.release',
    });
  }

  async *acquired(call?: CallOptions): AsyncIterable<Acquired> {
    const look = (): readonly Acquired[] =>
      this.#backend
        .devicesOn(this.#node)
        .map((id) => this.#acquired(id, this.#backend.deviceOn(this.#node, id) ?? ''));
    for (const one of await this.#port.call(DEVICES, look, call)) yield one;
  }

  async holders(id: string, call?: CallOptions): Promise<readonly Holder[]> {
    return this.#port.call(DESCRIBE, () => this.#backend.holders(id), {
      signal: call?.signal,
      stale: () => this.#backend.past.holders(id),
    });
  }

  async limits(call?: CallOptions): Promise<VolumeLimits> {
    const look = (): VolumeLimits => ({
      max: this.#backend.attachmentsMax,
      used: this.#backend.attachedTo(this.#node).length,
    });
    return this.#port.call(DESCRIBE_INSTANCE, look, call);
  }

  /** What the API shows at the own instance, under its device name; null where nothing. */
  async #attachedHere(id: string, call: CallOptions): Promise<string | null> {
    const holders = await this.holders(id, call);
    return holders.find(({ node }) => node === this.#node.id)?.token ?? null;
  }

  /** Detaches exactly that, so that it may be asked twice. @returns whether there was an answer. */
  async #detach(id: string, token: string, options: EffectOptions): Promise<boolean> {
    try {
      await this.#port.change(DETACH, () => this.#backend.detach(id, token), options);
      return true;
    } catch (error) {
      if (FireCampError.is(error, 'UNKNOWN_OUTCOME')) return false;
      throw error;
    }
  }

  async #device(id: string, call: CallOptions): Promise<string | null> {
    return this.#port.call(DEVICES, () => this.#backend.deviceOn(this.#node, id), call);
  }

  #acquired(id: string, token: string): Acquired {
    const holder = { node: this.#node.id, token, writable: true };
    return { volume: id, kind: 'block', path: `/dev/disk/by-id/${id}`, holder };
  }
}
