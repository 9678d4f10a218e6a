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
  const { items, unreadable } = await manager.operations();
  // One that cannot be read is found too: whoever reads it says so.
  const ids = new Set([...items, ...unreadable].map(({ id }) => id));
  const found = [...ids].filter((id) => id.startsWith(given));
  if (found.includes(given)) return given;
  if (found.length < 2) return found[0] ?? given;
  throw refusal(`${given} may be ${found.join(', ')}`);
}

function refusal(what: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `operation: ${what}`, {
    operation: 'firecamp operations',
    subject: { key: 'operation' },
  });
}
