/** What a unit or job asks of its place. */
export interface PlaceWanted {
  /** Members of one service keep apart; null for a job. */
  readonly service: string | null;
  /** Null where any zone will do. */
  readonly zone: string | null;
  readonly node: string | null;
  /** Where it ran last: it goes back there if nothing else speaks against it. */
  readonly previous: string | null;
}

/** A node that could take it. */
export interface Place {
  readonly id: string;
  readonly zone: string;
  /** Ready, and not drained. */
  readonly open: boolean;
  /** The services of the tasks that are placed there, each as often as it has tasks. */
  readonly services: readonly string[];
}

/** The chosen node, or why there is none. */
export type PlaceChoice = { readonly node: string } | { readonly why: string };

/**
 * Keeps members of one service on different nodes, then in different zones, then nodes evenly
 * loaded. Zone and node bind only where they are asked for.
 */
export function choosePlace(wanted: PlaceWanted, places: readonly Place[]): PlaceChoice {
  const fitting = places.filter(
    ({ id, zone }) =>
      (wanted.node === null || id === wanted.node) &&
      (wanted.zone === null || zone === wanted.zone),
  );
  const open = fitting.filter((place) => place.open);
  const ranked = open
    .map((place) => ({ id: place.id, rank: rank(place, wanted, places) }))
    .sort((a, b) => compare(a.rank, b.rank) || (a.id < b.id ? -1 : 1));
  const [best] = ranked;
  if (best !== undefined) return { node: best.id };
  return { why: `no node is ready${wherePhrase(wanted)}: ${fitting.length} would fit` };
}

function rank(place: Place, wanted: PlaceWanted, places: readonly Place[]): readonly number[] {
  const ofService = (services: readonly string[]): number =>
    services.filter((service) => service === wanted.service).length;
  const inZone = places.filter(({ zone }) => zone === place.zone);
  return [
    ofService(place.services),
    ofService(inZone.flatMap(({ services }) => services)),
    place.id === wanted.previous ? 0 : 1,
    place.services.length,
  ];
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, index) => value !== b[index]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

function wherePhrase({ node, zone }: PlaceWanted): string {
  if (node !== null) return ` that is ${node}`;
  return zone === null ? '' : ` in zone ${zone}`;
}
