import type { Holder, NodeFacts } from '../../model/node.ts';
import type { AddressPoolCapabilities, BoundAddress } from '../../registry/addresses.ts';
import type { Links } from '../network/links.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import { type AddressBackend, POOL_FATES } from './address-control.ts';
import type { BindingBackend } from './address-node.ts';
import { AddressShelf, refuse } from './address-shelf.ts';

/** What addresses of one link can do. */
export const LINK_CAPABILITIES: AddressPoolCapabilities = {
  move: 'announce',
  families: ['ipv4'],
  perNodeMax: null,
  zoneBound: false,
  late: { ...POOL_FATES, 'addresses.assign': 'harmless' },
};

/**
 * Addresses of one link: whoever has one configured answers for it, and nothing else says whose it
 * is. A node that stands still or is cut off does not answer a probe, and answers again as soon as
 * it goes on.
 */
export class LinkBackend implements AddressBackend, BindingBackend {
  readonly shelf: AddressShelf = new AddressShelf('10.1.0.', (id) => this.holders(id));
  /** Addresses for which somebody answers who is no node of ours. */
  readonly strangers: Set<string> = new Set();
  readonly #nodes: ReadonlyMap<string, SimulatedNode>;
  readonly #links: Links;

  constructor(nodes: ReadonlyMap<string, SimulatedNode>, links: Links) {
    this.#nodes = nodes;
    this.#links = links;
  }

  holders(id: string): readonly Holder[] {
    const own = [...this.#nodes.values()]
      .filter((node) => node.addresses.has(id) && this.#answers(node))
      .map(({ id: node, boot }) => ({ node, token: boot.id, boot: boot.id, writable: true }));
    if (!this.strangers.has(this.shelf.ipOf(id) ?? '')) return own;
    return [...own, { node: null, token: 'somebody on the link', writable: true }];
  }

  /** Probes, and does nothing more: it is the new holder that announces itself. */
  assign(id: string, to: NodeFacts): void {
    const ip = this.shelf.ipOf(id);
    if (ip === null) throw refuse('NOT_FOUND', 'assign', `no address ${id}`);
    const other = this.holders(id).find(({ node }) => node !== to.id);
    if (other !== undefined) {
      throw refuse(
        'FAILED_PRECONDITION',
        'assign',
        `${other.node ?? other.token} answers for ${ip}`,
      );
    }
  }

  /** Probes for a duplicate first, then configures and announces. */
  bind({ id, ip }: BoundAddress, node: SimulatedNode): void {
    const other = this.holders(id).find((holder) => holder.node !== node.id);
    if (other !== undefined) {
      throw refuse('FAILED_PRECONDITION', 'bind', `${other.node ?? other.token} answers for ${ip}`);
    }
    node.addresses.set(id, ip);
  }

  unbind({ id }: BoundAddress, node: SimulatedNode): void {
    node.addresses.delete(id);
  }

  #answers(node: SimulatedNode): boolean {
    return node.active && this.#links.open(node.id, 'addresses', 'back');
  }
}
