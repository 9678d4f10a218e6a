import type { JsonObject, OperationRecord, Volume } from '@firecamp/core';
import type { Cluster } from './cluster/cluster.ts';
import { errorText } from './output/error-text.ts';
import { printable } from './output/table.ts';
import { volumesTable, volumeView } from './output/volumes.ts';

/** What a deletion has left, for programs and for people. */
export interface Kept {
  readonly view: JsonObject;
  /** Empty where there is nothing to say. */
  readonly text: string;
}

const NOTHING: Kept = { view: {}, text: '' };

/** What is left of a service whose deletion has ended, as the backend has it. */
export async function keptVolumes(cluster: Cluster, ended: OperationRecord): Promise<Kept> {
  if (ended.kind !== 'delete' || ended.state !== 'done') return NOTHING;
  const filter = { cluster: cluster.configuration.cluster, service: ended.service };
  try {
    const found: Volume[] = [];
    for await (const volume of cluster.volumes.list(filter)) found.push(volume);
    return { view: { keptVolumes: found.map((volume) => volumeView(volume)) }, text: told(found) };
  } catch (error) {
    // The deletion is done, whatever this is.
    const text = `which volumes stay could not be found out: ${printable(errorText(error))}`;
    return { view: { keptVolumes: null }, text: `${text}\nnext: firecamp volumes list` };
  }
}

function told(volumes: readonly Volume[]): string {
  if (volumes.length === 0) return '';
  return [
    'its volumes stay, with all data, and so do its secrets:',
    volumesTable(volumes.map((volume) => ({ volume, service: null }))),
    'to see them again: firecamp volumes list',
    'to remove one and what it holds, for good: firecamp volumes remove <volume>',
    'the last one takes the secrets with it',
  ].join('\n');
}
