import { setTimeout as sleep } from 'node:timers/promises';
import {
  type EffectOptions,
  FireCampError,
  type Listing,
  type Permit,
  type ServiceRecord,
  unreadableError,
  type Volume,
} from '@firecamp/core';
import type { Cluster } from '../cluster/cluster.ts';
import type { Command } from '../command.ts';
import { printListing } from '../output/listing.ts';
import { volumesTable, volumeView } from '../output/volumes.ts';

export const volumesList: Command = {
  examples: [['firecamp volumes list', 'all volumes, those that deleted services left too']],
  run: async (context) => {
    await using cluster = await context.cluster();
    const volumes = await ours(cluster);
    // After the volumes: a service has a record before its first volume.
    const services = await cluster.manager.services();
    const listed = volumes.map((volume) => ({ volume, service: nameOf(volume, services) }));
    const listing = { items: listed, unreadable: services.unreadable };
    return printListing(context, listing, {
      views: listed.map(({ volume, service }) => ({ ...volumeView(volume), service })),
      text: volumesTable(listed),
      none: 'there is no volume',
    });
  },
};

export const volumesRemove: Command = {
  arguments: [{ form: '<volume>', text: 'its id; see: firecamp volumes list' }],
  examples: [['firecamp volumes remove fc-shop-pg-0-data', 'and all that it holds, for good']],
  details:
    'Only of a service that was deleted: to delete one with its data, see: firecamp delete. With the last volume of a service go its secrets.',
  run: async (context, input) => {
    const id = input.text('volume');
    await using cluster = await context.cluster();
    const volume = (await ours(cluster)).find((each) => each.id === id);
    if (volume === undefined) {
      throw refusal('NOT_FOUND', id, `there is no volume ${id}; see: firecamp volumes list`);
    }
    // After the volume: no service will ever have this one's uid again.
    const services = await cluster.manager.services();
    // One that cannot be read has its volumes all the same; what cannot be read of others is no matter.
    const bad = services.unreadable.find(({ id: uid }) => uid === volume.tags.service);
    if (bad !== undefined) throw unreadableError(bad);
    const service = serviceOf(volume, services);
    if (service !== undefined) {
      const { name } = service;
      const next = `see: firecamp delete ${name} --deletion wipe`;
      throw refusal('FAILED_PRECONDITION', id, `volume ${id} is of the service ${name}; ${next}`);
    }
    const effect = { permit: permitOf(cluster), signal: context.io.signal };
    await untilFree(cluster, id, effect.signal);
    await cluster.volumes.remove(id, effect);
    const secrets = await removeSecrets(cluster, volume.tags.service, effect);
    const also = secrets.length === 0 ? '' : ', the last of its service, and the secrets with it';
    context.print({ removed: id, secrets }, `${id} is removed${also}`);
    return 0;
  },
};

/**
 * The node that had it lets go of it within a few beats of the deletion, so that it is waited for;
 * one that holds it for longer is told by the removal.
 */
async function untilFree(
  { volumes, configuration: { timing } }: Cluster,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const endMs = performance.now() + timing.releaseStuckMs;
  while ((await volumes.holders(id, { signal })).length > 0 && performance.now() < endMs) {
    // An end that is asked for is told by the look.
    await sleep(timing.pollMs, undefined, { signal }).catch(() => {});
  }
}

/**
 * With the last volume of a deleted service nothing is left that its secrets open. Where a list may
 * be old, nobody can say that it was the last.
 */
async function removeSecrets(
  cluster: Cluster,
  service: string,
  effect: EffectOptions,
): Promise<readonly string[]> {
  const { secrets, volumes } = cluster;
  if (volumes.capabilities.consistent !== 'strong') return [];
  if ((await ours(cluster)).some(({ tags }) => tags.service === service)) return [];
  const names: string[] = [];
  for await (const name of secrets.list(`${service}/`, effect)) names.push(name);
  for (const name of names) await secrets.remove(name, effect);
  return names;
}

async function ours({ volumes, configuration }: Cluster): Promise<readonly Volume[]> {
  const found: Volume[] = [];
  for await (const each of volumes.list({ cluster: configuration.cluster })) found.push(each);
  return found;
}

function serviceOf({ tags }: Volume, services: Listing<ServiceRecord>): ServiceRecord | undefined {
  return services.items.find(({ uid }) => uid === tags.service);
}

/** Null of a service that was deleted. */
function nameOf(volume: Volume, services: Listing<ServiceRecord>): string | null {
  const bad = services.unreadable.find(({ id }) => id === volume.tags.service);
  return serviceOf(volume, services)?.name ?? bad?.name ?? bad?.id ?? null;
}

/** Nobody owns what a deleted service left: there is nothing to lose but the request's time. */
function permitOf({ configuration }: Cluster): Permit {
  return { generation: 0, ask: async () => configuration.timing.requestMs };
}

function refusal(
  code: 'NOT_FOUND' | 'FAILED_PRECONDITION',
  volume: string,
  text: string,
): FireCampError {
  return new FireCampError(code, text, { operation: 'firecamp volumes', subject: { volume } });
}
