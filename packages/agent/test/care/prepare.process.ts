import type { Care, CaredMember, HookCall } from '@firecamp/agent';
import { postgresql, type Recipe } from '@firecamp/catalog';
import { createLedger, type LedgerMoment } from '@firecamp/catalog/testing';
import { FireCampError, type JsonObject } from '@firecamp/core';
import { Deployment, type Identity } from './deployment.ts';

/** What the child is told. It cares for one member, and is killed or kills itself on the way. */
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
  /** What it does; left out, it prepares the member. */
  readonly does?: 'observe' | 'beforeStop' | HookCall;
  /** Left out, a node of its own. */
  readonly node?: string;
  /** What the DNS server says by then; left out, members have addresses of their own. */
  readonly names?: Readonly<Record<string, string>>;
}

process.once('message', (message) => {
  const order = message as PrepareOrder;
  work(order).then(
    () => process.send?.('done'),
    (error: unknown) => process.send?.(FireCampError.is(error) ? error.message : String(error)),
  );
});

async function work(order: PrepareOrder): Promise<void> {
  const addressing = order.names === undefined ? 'static' : 'name';
  const deployment = await Deployment.create({ ...order, addressing, recipe: recipeOf(order) });
  for (const ordinal of order.seeded) await deployment.changeMember(ordinal, { seeded: true });
  const cared = await deployment.cared(order.ordinal);
  for (const [name, address] of Object.entries(order.names ?? {})) {
    deployment.names.set(name, address);
  }
  await act(deployment.care(order.node ?? 'killed'), cared, order);
}

async function act(care: Care, cared: CaredMember, { does }: PrepareOrder): Promise<void> {
  const { signal } = new AbortController();
  switch (does) {
    case undefined:
      await care.prepare(cared, signal);
      return;
    case 'observe':
      await care.observe(cared, signal);
      return;
    case 'beforeStop':
      return care.beforeStop(cared, signal);
    default:
      await care.act(cared, does, signal);
  }
}

function recipeOf({ recipe, killAt }: PrepareOrder): Recipe {
  if (recipe === 'postgresql') return postgresql;
  return createLedger(async (moment) => {
    if (moment === killAt) process.kill(process.pid, 'SIGKILL');
  });
}
