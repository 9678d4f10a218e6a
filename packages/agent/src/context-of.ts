import {
  COLLECTIONS,
  decodeBeat,
  decodeMember,
  decodeNode,
  decodeService,
  LeaseWatch,
  lateMsOf,
  type NodeParts,
  PROTOCOL_RULES,
  RecordStore,
  type Self,
} from '@firecamp/core';
import type { AgentContext } from './context.ts';
import type { AgentParts } from './parts.ts';

/** Completes what an agent is given by the stores of its records. */
export function contextOf(
  parts: AgentParts,
  own: Pick<AgentContext, 'beatAcknowledged' | 'admit'>,
): AgentContext {
  const { database, clock, random, timing, facts } = parts;
  const rules = parts.rules ?? PROTOCOL_RULES;
  const store = <T extends object>(
    collection: string,
    decode: (value: unknown) => T,
  ): RecordStore<T> =>
    new RecordStore({ database, clock, random, collection, decode, retryMs: timing.pollMs });
  const node: NodeParts = {
    facts,
    clock,
    random,
    timing,
    rules,
    beats: store(COLLECTIONS.beats, decodeBeat),
    nodes: store(COLLECTIONS.nodes, decodeNode),
    volumes: parts.volumes,
    mounts: parts.mounts,
    names: parts.names,
    pool: parts.pool,
    addresses: parts.addresses,
    fencers: parts.fencers,
  };
  const self: Self = { node: facts.id, boot: facts.boot, incarnation: facts.incarnation };
  return {
    self,
    node,
    members: store(COLLECTIONS.members, decodeMember),
    services: store(COLLECTIONS.services, decodeService),
    runtime: parts.runtime,
    care: parts.care,
    leases: new LeaseWatch({ clock, lateMs: lateOf(parts), rules }),
    events: parts.events,
    ...own,
  };
}

/** How long a request of any adapter in use here may still be under way when its sender is lost. */
function lateOf({ volumes, names, pool, fencers }: AgentParts): number {
  const used = [volumes, names, pool, ...fencers];
  return lateMsOf(used.flatMap((seam) => (seam === null ? [] : [seam.capabilities.late])));
}
