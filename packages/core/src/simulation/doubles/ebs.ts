import type { Holder } from '../../model/node.ts';
import type {
  TagFilter,
  Volume,
  VolumeSpec,
  VolumeStoreCapabilities,
} from '../../volume/volume-store.ts';
import { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { Past } from './past.ts';
import { tagsFit } from './tags.ts';
import { CONTROL_FATES, type VolumeBackend, type VolumeView } from './volume-control.ts';
import { refuse, VolumeShelf } from './volume-shelf.ts';

/** What EBS volumes that are attached to one instance at a time can do. */
export const EBS_CAPABILITIES: VolumeStoreCapabilities = {
  movable: true,
  zoneBound: true,
  snapshots: true,
  resize: false,
  consistent: 'eventual',
  observesOnly: false,
  volumeBytesMin: 1_048_576,
  volumeBytesMax: 1_099_511_627_776,
  late: { ...CONTROL_FATES, 'ebs.attach': 'harmless', 'ebs.detach': 'conditional' },
};

/** A describe may show a volume as it was so long ago. */
export const EBS_STALE_MS = 3_000;
const SETTLE_MS: readonly [number, number] = [200, 3_000];
/** How likely an attachment hangs, unless a run's knobs say otherwise. */
const HANGS = 0.03;
/** What an instance can hold of volumes beside its root: a Nitro instance has 28 slots in all. */
const ATTACHMENTS_MAX = 26;

/** A volume at an instance. An instance keeps what is attached through its reboots. */
interface Attachment {
  /** Volume, instance and device: a device name is never used again for a volume. */
  readonly token: string;
  readonly volume: string;
  /** Null: an instance that is no node of ours. */
  readonly node: SimulatedNode | null;
  state: 'attaching' | 'attached' | 'detaching';
}

/** EBS as its API shows it: attaching and detaching take time, may hang, and are seen late. */
export class EbsBackend implements VolumeBackend {
  readonly shelf: VolumeShelf = new VolumeShelf((id) => this.holders(id));
  readonly #attachments = new Map<string, Attachment>();
  readonly past: EbsPast;
  readonly #kernel: Kernel;
  readonly #stream: Stream;
  /** How many volumes one instance can hold. */
  attachmentsMax: number = ATTACHMENTS_MAX;
  readonly #hangs: number;
  #devices = 0;

  /** @param hangs - how likely an attachment hangs while it is made. */
  constructor(kernel: Kernel, seed: number, hangs: number = HANGS) {
    this.#kernel = kernel;
    this.#stream = new Stream(seed, 'ebs');
    this.past = new EbsPast(kernel);
    this.shelf.changed = (id, spec) => this.past.specs.put(id, spec);
    this.#hangs = hangs;
  }

  /**
   * @throws `FAILED_PRECONDITION` - VolumeInUse, or another zone.
   * @throws `EXHAUSTED` - AttachmentLimitExceeded.
   * @throws `NOT_FOUND`
   */
  attach(volume: string, node: SimulatedNode): void {
    if (!this.shelf.has(volume)) throw refuse('NOT_FOUND', 'attach', `no volume ${volume}`);
    if (this.shelf.zoneOf(volume) !== node.zone) {
      throw refuse('FAILED_PRECONDITION', 'attach', `${volume} is in another zone than ${node.id}`);
    }
    const known = this.#attachments.get(volume);
    if (known !== undefined) {
      if (known.node === node && known.state !== 'detaching') return;
      throw refuse('FAILED_PRECONDITION', 'attach', `${volume} is in use by ${known.token}`);
    }
    if (this.attachedTo(node).length >= this.attachmentsMax) {
      throw refuse('EXHAUSTED', 'attach', `${node.id} can hold no more volumes`);
    }
    const made = this.#attachment(volume, node, 'attaching');
    if (this.#stream.chance(this.#hangs)) return;
    this.#settle(made, () => {
      if (made.state === 'attaching') made.state = 'attached';
    });
  }

  /** Somebody attaches it to an instance that is no node of ours. */
  attachForeign(volume: string): void {
    this.#attachment(volume, null, 'attached');
  }

  /**
   * Detaches what that token names; anything else stands there unharmed. A volume that a running
   * kernel has mounted stays, `busy`, until it is unmounted.
   */
  detach(volume: string, token: string): void {
    const known = this.#attachments.get(volume);
    if (known === undefined || known.token !== token || known.state === 'detaching') return;
    known.state = 'detaching';
    this.#letGo(known);
  }

  /** The attachment of a volume at this instance, as its own kernel sees devices. */
  deviceOn(node: SimulatedNode, volume: string): string | null {
    const known = this.#attachments.get(volume);
    return known?.node === node && this.#isDevice(known) ? known.token : null;
  }

  /** What the API says of the attachment, whichever state it is in. */
  tokenOf(volume: string): string | null {
    return this.#attachments.get(volume)?.token ?? null;
  }

  /** The volumes that take the instance's slots, in whichever state. */
  attachedTo(node: SimulatedNode): readonly string[] {
    return [...this.#attachments.values()]
      .filter((one) => one.node === node)
      .map(({ volume }) => volume);
  }

  devicesOn(node: SimulatedNode): readonly string[] {
    return [...this.#attachments.values()]
      .filter((one) => one.node === node && this.#isDevice(one))
      .map(({ volume }) => volume);
  }

  isAttached(volume: string, token: string): boolean {
    const known = this.#attachments.get(volume);
    return known?.token === token && known.state !== 'attaching';
  }

  holders(volume: string): readonly Holder[] {
    const known = this.#attachments.get(volume);
    if (known === undefined) return [];
    return [{ node: known.node?.id ?? null, token: known.token, writable: true }];
  }

  #attachment(volume: string, node: SimulatedNode | null, state: Attachment['state']): Attachment {
    this.#devices += 1;
    const token = `i-${node?.id ?? 'foreign'}:/dev/sd${this.#devices}`;
    const made: Attachment = { token, volume, node, state };
    this.#attachments.set(volume, made);
    this.#remember(volume);
    return made;
  }

  /** Of what is being detached, a kernel keeps the device for as long as it has it mounted. */
  #isDevice(attachment: Attachment): boolean {
    const { state } = attachment;
    return state === 'attached' || (state === 'detaching' && isBusy(attachment));
  }

  #letGo(attachment: Attachment): void {
    this.#settle(attachment, () => {
      const { volume } = attachment;
      if (isBusy(attachment)) {
        this.#letGo(attachment);
        return;
      }
      this.#attachments.delete(volume);
      this.#remember(volume);
    });
  }

  #settle(attachment: Attachment, then: () => void): void {
    this.#kernel.after(this.#stream.between(...SETTLE_MS), () => {
      if (this.#attachments.get(attachment.volume) === attachment) then();
    });
  }

  #remember(volume: string): void {
    this.past.held.put(volume, this.holders(volume));
  }
}

/** What describes may show: new volumes not yet, removed ones still, attachments as they were. */
class EbsPast implements VolumeView {
  readonly specs: Past<VolumeSpec>;
  readonly held: Past<readonly Holder[]>;

  constructor(kernel: Kernel) {
    this.specs = new Past(kernel, EBS_STALE_MS);
    this.held = new Past(kernel, EBS_STALE_MS);
  }

  get(id: string): Volume | null {
    const spec = this.specs.get(id);
    return spec === null ? null : this.#shown(spec);
  }

  list(filter: TagFilter): readonly Volume[] {
    return this.specs
      .all()
      .filter(({ tags }) => tagsFit(tags, filter))
      .map((spec) => this.#shown(spec));
  }

  holders(id: string): readonly Holder[] {
    return this.held.get(id) ?? [];
  }

  #shown(spec: VolumeSpec): Volume {
    return { ...spec, state: this.holders(spec.id).length > 0 ? 'in-use' : 'available' };
  }
}

function isBusy({ node, volume, token }: Attachment): boolean {
  return node?.up === true && node.mounts.get(volume)?.holderToken === token;
}
