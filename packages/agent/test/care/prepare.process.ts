import { postgresql, type Recipe } from '@firecamp/catalog';
import { createLedger, type LedgerMoment } from '@firecamp/catalog/testing';
import { FireCampError, type JsonObject } from '@firecamp/core';
import { Deployment, type Identity } from './deployment.ts';

/** What the child is told. It prepares one member, and is killed or kills itself on the way. */
export interface PrepareOrder {
  readonly identity: Identity;
  readonly recipe: 'ledger' | 'postgresql';
  readonly service: string;
  readonly spec: JsonObject;
  readonly members: number;
  readonly ordinal: number;
  /** The ordinals that the records call seeded. */
  readonly seeded: readonly number[];
  /** Where the ledger's probe ends the process. */
  readonly killAt: LedgerMoment | null;
}

process.once('message', (message) => {
  const order = message as PrepareOrder;
  prepare(order).then(
    () => process.send?.('prepared'),
    (error: unknown) => process.send?.(FireCampError.is(error) ? error.message : String(error)),
  );
});

async function prepare(order: PrepareOrder): Promise<void> {
  const deployment = await Deployment.create({ ...order, recipe: recipeOf(order) });
  for (const ordinal of order.seeded) await deployment.changeMember(ordinal, { seeded: true });
  const cared = await deployment.cared(order.ordinal);
  await deployment.care('killed').prepare(cared, new AbortController().signal);
}

function recipeOf({ recipe, killAt }: PrepareOrder): Recipe {
  if (recipe === 'postgresql') return postgresql;
  return createLedger(async (moment) => {
    if (moment === killAt) process.kill(process.pid, 'SIGKILL');
  });
}
