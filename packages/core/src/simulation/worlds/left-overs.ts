import type { AddressShelf } from '../doubles/address-shelf.ts';
import type { NameZone } from '../doubles/names.ts';
import type { SecretsBackend } from '../doubles/secrets.ts';
import type { VolumeShelf } from '../doubles/volume-shelf.ts';

/** Everything that a service may leave behind. */
export interface Remains {
  readonly volumes: VolumeShelf;
  readonly addresses: AddressShelf;
  readonly names: NameZone;
  readonly secrets: SecretsBackend;
}

/** What is left of a service in the backends: the kind of thing, a space, its id. */
export function leftOversOf(service: string, remains: Remains): readonly string[] {
  const { volumes, addresses, names, secrets } = remains;
  return [
    ...volumes.list({ service }).map(({ id }) => `volume ${id}`),
    ...addresses.list({ service }).map(({ id }) => `address ${id}`),
    ...names.list(service).map(({ name }) => `name ${name}`),
    ...[...secrets.stored.keys()]
      .filter((name) => name.startsWith(`${service}/`))
      .map((name) => `secret ${name}`),
  ];
}
