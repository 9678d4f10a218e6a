import type { Clock } from './clock.ts';

/**
 * Every kind of event: who tells it, the ids in its `subject`, and what has happened. A member is
 * named by `<service's uid>/<ordinal>`. Versions to come add kinds and ids, and rename none.
 */
export const EVENT_KINDS = {
  'operation.started': {
    by: 'manager',
    subject: ['operation'],
    when: 'this manager has taken the operation up',
  },
  'operation.done': { by: 'manager', subject: ['operation'], when: 'all of its steps are done' },
  'operation.failed': {
    by: 'manager',
    subject: ['operation'],
    when: 'it has ended with an error, and can be resumed',
  },
  'operation.cancelled': {
    by: 'manager',
    subject: ['operation'],
    when: 'it has ended because somebody cancelled it',
  },
  'operation.let-go': {
    by: 'manager',
    subject: ['operation'],
    when: 'this manager cannot go on with it, and leaves it to any manager',
  },
  'operation.archived': {
    by: 'manager',
    subject: ['operation'],
    when: 'it has moved from the open operations to the history',
  },
  'node.silent': {
    by: 'manager',
    subject: ['node'],
    when: 'its beat stood still for so long that it may be fenced',
  },
  'node.gone': { by: 'manager', subject: ['node'], when: 'a boot of it is proven to be over' },
  'member.ordered': {
    by: 'manager',
    subject: ['member'],
    when: 'a manager has ordered a fence, since its release stands still',
  },
  'member.retired': {
    by: 'manager',
    subject: ['member'],
    when: 'it was taken from an owner that cannot give it up, and nobody claims it',
  },
  'member.fenced': {
    by: 'manager',
    subject: ['member'],
    when: 'a former holder is proven unable to write',
  },
  'member.unprovable': {
    by: 'manager',
    subject: ['member'],
    when: 'no fencer can prove that a former holder has stopped; a person may be needed',
  },
  'fence.renewed': {
    by: 'manager',
    subject: ['fenced'],
    when: 'a fence that expires was renewed; `fenced` is a volume, else a node or a token',
  },
  'fence.not-renewed': {
    by: 'manager',
    subject: ['fenced'],
    when: 'a fence that expires could not be renewed yet',
  },
  'fence.lifted': {
    by: 'manager',
    subject: ['fenced'],
    when: 'a fence was lifted, since what it shut out has ended',
  },
  'record.unreadable': {
    by: 'manager',
    subject: ['collection', 'id'],
    when: 'a record is corrupt or of a newer program; the others are gone on with',
  },
  'manager.failed': {
    by: 'manager',
    subject: ['loop'],
    when: 'a look of one of its loops has failed, and is tried again',
  },
  'warden.failed': {
    by: 'manager',
    subject: ['about'],
    when: 'what was due for one member, one node or the `fences` has failed, and is tried again',
  },
  'member.claimed': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'the node has become its owner',
  },
  'member.adopted': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'an agent that has started anew goes on with it, without a stop',
  },
  'member.mounted': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'all that it needs is on the node; its program may run',
  },
  'member.released': { by: 'agent', subject: ['member', 'node'], when: 'the node has given it up' },
  'member.let-go': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'a former owner holds nothing of it any more',
  },
  'member.killed': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'its program is ended: the node does not own it, or its address, any more',
  },
  'member.isolated': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'its program is ended, since no beat of its node was acknowledged for too long',
  },
  'member.files-left': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'files of its service could not be removed from the node',
  },
  'member.unreadable': {
    by: 'agent',
    subject: ['member', 'node'],
    when: 'its record is corrupt or of a newer program, and is left alone',
  },
} as const;

/** More may come: who branches on it needs a default. */
export type EventKind = keyof typeof EVENT_KINDS;

/** An event of one kind. */
export interface EventOf<Kind extends EventKind> {
  /** Time of day, for people. */
  readonly atMs: number;
  readonly kind: Kind;
  /** `manager/<id>`, `agent/<node>`. */
  readonly by: string;
  /** Ids: never secrets. */
  readonly subject: {
    readonly [Id in (typeof EVENT_KINDS)[Kind]['subject'][number]]: string;
  };
  /** One sentence. */
  readonly text: string;
}

/** Something that happened, for people and programs that watch; its kind says what its subject is. */
export type FireCampEvent = { [Kind in EventKind]: EventOf<Kind> }[EventKind];

/** Takes each event; must not throw, and must not be waited for. */
export type EventSink = (event: FireCampEvent) => void;

/** A sink for those who do not watch. */
export const ignoreEvents: EventSink = () => {};

/** What has happened; who tells it adds when, and itself. */
export type News = {
  [Kind in EventKind]: Omit<EventOf<Kind>, 'atMs' | 'by'>;
}[EventKind];

/** Tells a sink what happens, each time with the time of day. */
export function teller(
  { clock, events }: { readonly clock: Clock; readonly events: EventSink },
  by: string,
): (news: News) => void {
  return (news) => events({ ...news, atMs: clock.wallNowMs(), by });
}
