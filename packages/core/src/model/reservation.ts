import { count, object, text, type Versioned, versioned } from './codec.ts';

export const RESERVATION_SCHEMA = 1;

/** Names the owner of something unique; kept under the id that is the unique thing. */
export interface Reservation extends Versioned {
  /** The service's uid. */
  readonly owner: string;
}

/** As {@link versioned}. */
export const decodeReservation: (value: unknown) => Reservation = versioned(
  'reservation',
  RESERVATION_SCHEMA,
  object({ schema: count, owner: text }),
);
