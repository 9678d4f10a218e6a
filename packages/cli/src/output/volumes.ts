import type { JsonObject, Volume } from '@firecamp/core';
import { table } from './table.ts';

/** A volume, and the name of the service that has it; null where it was deleted. */
export interface ListedVolume {
  readonly volume: Volume;
  readonly service: string | null;
}

/** What programs get of a volume. */
export function volumeView({ id, sizeBytes, zone, state, tags }: Volume): JsonObject {
  return { id, member: tags.member, serviceUid: tags.service, sizeBytes, zone, state };
}

export function volumesTable(volumes: readonly ListedVolume[]): string {
  const rows = volumes.map(({ volume: { id, sizeBytes, tags }, service }) => [
    id,
    tags.member,
    sizeText(sizeBytes),
    service ?? 'deleted',
  ]);
  return table(['VOLUME', 'MEMBER', 'SIZE', 'SERVICE'], rows);
}

function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1);
  const shown = bytes / 1024 ** power;
  return `${Number.isInteger(shown) ? shown : shown.toFixed(1)} ${units[power]}`;
}
