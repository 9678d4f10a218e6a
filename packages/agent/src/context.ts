import type {
  EVENT_KINDS,
  EventKind,
  EventSink,
  Isolation,
  LeaseWatch,
  MemberRecord,
  NodeParts,
  NodeRuntime,
  RecordStore,
  Self,
  ServiceRecord,
} from '@firecamp/core';
import type { MemberCare } from './member-care.ts';

/** What all parts of one agent share. */
export interface AgentContext {
  readonly self: Self;
  readonly node: NodeParts;
  readonly members: RecordStore<MemberRecord>;
  readonly services: RecordStore<ServiceRecord>;
  readonly runtime: NodeRuntime;
  readonly care: MemberCare;
  readonly leases: LeaseWatch;
  readonly events: EventSink;
  /** Whether a beat of this incarnation was acknowledged. */
  readonly beatAcknowledged: () => boolean;
  /** Whether a task of a member with isolation may start now; see `Isolating.admit`. */
  readonly admit: (isolation: Isolation, task: string) => Promise<boolean>;
}

/** What an agent has to tell: each of a member, and of its own node. */
type AgentNews = {
  [Kind in EventKind]: (typeof EVENT_KINDS)[Kind]['by'] extends 'agent' ? Kind : never;
}[EventKind];

/** Tells whoever watches. */
export function say(context: AgentContext, kind: AgentNews, member: string, text: string): void {
  context.events({
    atMs: context.node.clock.wallNowMs(),
    kind,
    by: `agent/${context.self.node}`,
    subject: { member, node: context.self.node },
    text,
  });
}

/** What an error says to a person; errors that are no `FireCampError` are bugs and go on. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
