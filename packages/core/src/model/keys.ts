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
  /** `<operation id>` -> OperationRecord. */
  operations: 'operations',
  /** `service/<name>` -> Reservation: one record for each thing that must be unique. */
  reservations: 'reservations',
} as const;

/** Names the owner of something unique. */
export interface Reservation {
  readonly schema: 1;
  /** The service's uid. */
  readonly owner: string;
}

export function serviceNameId(name: string): string {
  return `service/${name}`;
}
