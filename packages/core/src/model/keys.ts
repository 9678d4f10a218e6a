/** The collections of the database. Ids hold a service's uid, never its name. */
export const COLLECTIONS = {
  /** `<uid>` -> ServiceRecord. */
  services: 'services',
  /** `<service uid>/<ordinal>` -> MemberRecord. */
  members: 'members',
  /** `<node>` -> NodeRecord. */
  nodes: 'nodes',
  /** `<node>` -> BeatRecord. */
  beats: 'beats',
  /** `<operation id>` -> OperationRecord: what is open, and what ended last. */
  operations: 'operations',
  /** `<operation id>` -> OperationRecord that has ended; one that is open again stands in both. */
  history: 'history',
  /** `service/<name>` -> Reservation: one record for each thing that must be unique. */
  reservations: 'reservations',
} as const;

export function serviceNameId(name: string): string {
  return `service/${name}`;
}
