/** Something that happened, for people and programs that watch. */
export interface FireCampEvent {
  /** Time of day, for people. */
  readonly atMs: number;
  /** For example `member.claimed`, `node.silent`, `operation.done`. */
  readonly kind: string;
  /** `manager/<id>`, `agent/<node>`. */
  readonly by: string;
  /** Ids: never secrets. */
  readonly subject: Readonly<Record<string, string>>;
  /** One sentence. */
  readonly text: string;
}

/** Takes each event; must not throw, and must not be waited for. */
export type EventSink = (event: FireCampEvent) => void;

/** A sink for those who do not watch. */
export const ignoreEvents: EventSink = () => {};
