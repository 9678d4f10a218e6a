import { FireCampError } from '../error.ts';
import { decodeBeat } from '../model/beat.ts';
import { COLLECTIONS } from '../model/keys.ts';
import type { Holder, NodeFacts } from '../model/node.ts';
import { decodeNode } from '../model/node-record.ts';
import { permitWhile } from '../ownership/permit-while.ts';
import type { CallOptions, EffectOptions } from '../permit.ts';
import type { ManagerParts } from './parts.ts';

/** What somebody still holds although no member's record refers to it any more. */
export interface Held {
  /** A volume's id, or null for an address. */
  readonly volume: string | null;
  readonly holders: readonly Holder[];
  /** For how long these holders have been seen, in ms on the own clock. */
  readonly standsMs: number;
}

/**
 * Frees what is left over: a node that beats lets go by itself and is waited for; a run of a node
 * that has ended or went silent is fenced. Only for what no record refers to, so that no owner can
 * be among the holders. A node that beats and lets go of nothing is fenced off the volume after
 * `releaseStuckMs`, but never stopped as a whole: members that others use may run there, and
 * nobody waits for what is only to be removed. Where nothing fences one volume a person decides.
 *
 * @throws `FAILED_PRECONDITION` - a holder is not ours, is to let go by itself, or cannot be fenced.
 */
export async function freeHolders(
  parts: ManagerParts,
  held: Held,
  effect: EffectOptions,
): Promise<void> {
  for (const holder of held.holders) {
    if (holder.node === null) throw notFree(held, `${holder.token} holds it, which is not ours`);
    const [node, alive] = await Promise.all([
      parts.database.get(COLLECTIONS.nodes, holder.node, effect),
      beats(parts, holder.node, effect),
    ]);
    if (node === null) throw notFree(held, `${holder.node} holds it and never registered`);
    const { facts } = decodeNode(node.value);
    const lives = alive && isOfThisRun(holder, facts);
    if (lives && held.standsMs < parts.timing.releaseStuckMs) {
      throw notFree(held, `${holder.node} is to let go`);
    }
    await fenceHolder(parts, { held, holder, facts, alive }, effect);
  }
}

async function beats(
  { database }: ManagerParts,
  node: string,
  call: CallOptions,
): Promise<boolean> {
  const beat = await database.get(COLLECTIONS.beats, node, call);
  const state = beat === null ? 'silent' : decodeBeat(beat.value).state;
  return state === 'beating' || state === 'returning';
}

/** Whether the backend's token names the node as it runs now, and not a run of it before. */
function isOfThisRun(
  { boot: holding, token }: Holder,
  { boot, machine, storageClients }: NodeFacts,
): boolean {
  if (holding !== undefined) return holding === boot;
  return storageClients.includes(token) || token.includes(boot) || token === machine;
}

async function fenceHolder(
  parts: ManagerParts,
  target: {
    readonly held: Held;
    readonly holder: Holder;
    readonly facts: NodeFacts;
    readonly alive: boolean;
  },
  effect: EffectOptions,
): Promise<void> {
  const { held, holder, facts, alive } = target;
  // Of a node that beats, only a run that the backend names as an earlier one may end.
  const wholeNode = !alive || (holder.boot !== undefined && holder.boot !== facts.boot);
  // A node that beats again before a request is sent lets go by itself, and is spared.
  const whileSilent = permitWhile(effect.permit, {
    clock: parts.clock,
    freshMs: parts.timing.requestMs,
    holds: async () => !(await beats(parts, facts.id, effect)),
    refusal: () => notFree(held, `${facts.id} beats again`),
  });
  const permit = alive ? effect.permit : whileSilent;
  const reasons: string[] = [];
  const fencers = parts.fencers.filter(
    ({ capabilities: { reach } }) => wholeNode || (reach === 'volume' && held.volume !== null),
  );
  for (const fencer of fencers) {
    try {
      const volume = held.volume === null ? {} : { volume: { id: held.volume } };
      const node = { ...facts, boot: holder.boot ?? facts.boot };
      await fencer.fence({ ...volume, holder, node }, { ...effect, permit });
      return;
    } catch (error) {
      if (!FireCampError.is(error, 'FAILED_PRECONDITION')) throw error;
      reasons.push(error.message);
    }
  }
  if (reasons.length > 0) throw notFree(held, reasons.join('; '));
  if (!alive) throw notFree(held, 'there is no fencer for it');
  throw notFree(
    held,
    `${facts.id} beats and does not let go, so that a person has to fence it`,
    `firecamp nodes kill ${facts.id}`,
  );
}

function notFree({ volume }: Held, why: string, remedy?: string): FireCampError {
  const what = volume === null ? 'the address' : `volume ${volume}`;
  return new FireCampError('FAILED_PRECONDITION', `${what} is still held: ${why}`, {
    operation: 'Manager.freeHolders',
    subject: volume === null ? {} : { volume },
    ...(remedy === undefined ? {} : { remedy }),
  });
}
