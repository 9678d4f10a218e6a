import { type AdapterContext, type AdapterDefinition, defineAdapter } from '../adapter.ts';
import type { Clock } from '../clock.ts';
import {
  type FenceProof,
  Fencer,
  type FencerCapabilities,
  type FenceTarget,
} from '../fence/fencer.ts';
import { guardFencer } from '../layers/guard-fencer.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import { change, refusal } from './change.ts';
import type { MemoryDisks } from './disks.ts';
import { parseBackend } from './parse.ts';
import { entriesAfter, readPages } from './wire.ts';

const PAGE_MAX = 4;
/** How long a fence stands that does not stand for ever. */
const EXPIRES_MS = 3_600_000;

const CAPABILITIES: FencerCapabilities = {
  by: 'peer',
  reach: 'volume',
  lasts: 'expires',
  standsMs: EXPIRES_MS,
  proof: ['blocklisted'],
  // Both name the token of one attachment, which never comes again.
  late: { 'fences.add': 'conditional', 'fences.remove': 'conditional' },
};

/** The list of attachments whose writes the {@link MemoryDisks} refuse. */
export class MemoryFences {
  readonly disks: MemoryDisks;
  readonly capabilities: FencerCapabilities;
  /** When false, it is not known whether a fence has taken effect. */
  provable = true;
  readonly #proofs = new Map<string, FenceProof>();

  constructor(disks: MemoryDisks, capabilities: Partial<FencerCapabilities> = {}) {
    this.disks = disks;
    this.capabilities = { ...CAPABILITIES, ...capabilities };
  }

  /** The proof that stands for this attachment, and the end of the attachment with it. */
  fence(proof: FenceProof): FenceProof {
    if (!this.provable) {
      const what = `nothing shows that ${proof.holder.token} cannot write`;
      throw refusal('FAILED_PRECONDITION', 'Fencer.fence', what, proof.volume ?? '');
    }
    const key = keyOf(proof);
    const standing = this.#proofs.get(key);
    if (standing !== undefined) return this.#renewed(key, standing, proof);
    this.#proofs.set(key, proof);
    const { holder, volume, boot } = proof;
    if (volume !== null) this.disks.detach(volume, holder.token);
    else if (holder.node !== null && boot !== null) this.disks.detachRun(holder.node, boot);
    return proof;
  }

  /** The same proof, which stands for longer. */
  #renewed(key: string, standing: FenceProof, { expiresMs }: FenceProof): FenceProof {
    if (expiresMs === undefined) return standing;
    const renewed = { ...standing, expiresMs };
    this.#proofs.set(key, renewed);
    return renewed;
  }

  lift(proof: FenceProof): void {
    this.#proofs.delete(keyOf(proof));
  }

  page(after: string | null, max: number): readonly (readonly [string, FenceProof])[] {
    return entriesAfter(this.#proofs, after, max, () => true);
  }
}

function keyOf({ volume, holder }: FenceProof): string {
  return `${volume} ${holder.token}`;
}

class MemoryFencer implements Fencer {
  readonly #fences: MemoryFences;
  readonly #clock: Clock;

  constructor(fences: MemoryFences, clock: Clock) {
    this.#fences = fences;
    this.#clock = clock;
  }

  get capabilities(): FencerCapabilities {
    return this.#fences.capabilities;
  }

  fence({ volume, holder, node }: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const request = { name: 'fences.add', operation: 'Fencer.fence' };
    const { lasts, proof: kinds, reach } = this.capabilities;
    // The run that holds by that token, whatever runs on the node since.
    const boot = this.#fences.disks.bootOf(holder.token) ?? node.boot;
    const sinceMs = this.#clock.wallNowMs();
    const proof: FenceProof = {
      kind: kinds[0] ?? 'blocklisted',
      holder,
      boot: reach === 'node' ? boot : null,
      volume: reach === 'node' ? null : (volume?.id ?? null),
      generation: options.permit.generation,
      observed: `${holder.token} is on the list`,
      by: 'manager/memory',
      sinceMs,
      ...(lasts === 'expires' ? { expiresMs: sinceMs + EXPIRES_MS } : {}),
    };
    return change(this.#fences.disks.wire, request, options, () => this.#fences.fence(proof));
  }

  lift(proof: FenceProof, options: EffectOptions): Promise<void> {
    const request = { name: 'fences.remove', operation: 'Fencer.lift' };
    return change(this.#fences.disks.wire, request, options, () => this.#fences.lift(proof));
  }

  list(call?: CallOptions): AsyncIterable<FenceProof> {
    const request = { name: 'fences.list', operation: 'Fencer.list', pageMax: PAGE_MAX };
    const { wire } = this.#fences.disks;
    return readPages(wire, { ...request, signal: call?.signal }, (after, max) =>
      this.#fences.page(after, max),
    );
  }
}

/** The fences of the test that made them. */
export interface MemoryFencerOptions {
  readonly backend: MemoryFences;
}

const make = ({ backend }: MemoryFencerOptions, { clock }: AdapterContext): Fencer =>
  guardFencer(new MemoryFencer(backend, clock));

/** Ends attachments of memory disks for good. */
export const memoryFencer: AdapterDefinition<
  Fencer,
  Fencer,
  MemoryFencerOptions,
  FencerCapabilities
> = defineAdapter({
  name: 'memory',
  provides: { control: Fencer, node: Fencer },
  capabilities: CAPABILITIES,
  parse: (options) => ({ backend: parseBackend(options, MemoryFences) }),
  control: make,
  node: make,
});
