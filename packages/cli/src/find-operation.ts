import { FireCampError } from '@firecamp/core';
import type { Cluster } from './cluster/cluster.ts';

/**
 * The id of the one operation whose id begins so.
 *
 * @returns what was given where none does: whoever reads it says that there is none.
 * @throws `INVALID_ARGUMENT` - it is empty, which any id begins with, or the beginning of several.
 */
export async function findOperation({ manager }: Cluster, given: string): Promise<string> {
  if (given === '') throw refusal('it is empty; see: firecamp operations list');
  const found = (await manager.operations()).filter(({ id }) => id.startsWith(given));
  const exact = found.find(({ id }) => id === given);
  if (exact !== undefined || found.length < 2) return (exact ?? found[0])?.id ?? given;
  const ids = found.map(({ id }) => id).join(', ');
  throw refusal(`${given} may be ${ids}`);
}

function refusal(what: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `operation: ${what}`, {
    operation: 'firecamp operations',
    subject: { key: 'operation' },
  });
}
