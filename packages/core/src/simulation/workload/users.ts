import { FireCampError } from '../../error.ts';
import type { Life } from '../kernel/life.ts';
import type { UserOperation } from '../run/scenario.ts';
import type { Cluster } from '../worlds/cluster.ts';
import type { UserRequests } from '../worlds/programs.ts';
import { RECIPE } from './recipe.ts';

/** What a person heard. `unknown`: no answer that says whether it will happen. */
export type Outcome = 'asked' | 'accepted' | 'done' | 'refused' | 'unknown';

/** One request of a person, and what came of it. */
export interface UserRequest {
  readonly operation: UserOperation;
  readonly request: string;
  outcome: Outcome;
}

const TRIES_MAX = 12;
const AGAIN_MS = 1_500;

/** The people who use the cluster: each asks for one thing, insists for a while, and waits. */
export class Users {
  readonly requests: UserRequest[] = [];
  readonly #cluster: Cluster;
  readonly #waiting: Life[] = [];

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  schedule(operations: readonly UserOperation[]): void {
    const { kernel } = this.#cluster;
    for (const operation of operations) {
      kernel.after(operation.atMs - kernel.nowMs, () => this.#ask(operation));
    }
  }

  /** They stop waiting: from here on managers go on alone. */
  leave(): void {
    for (const life of this.#waiting) life.end();
  }

  #ask(operation: UserOperation): void {
    const request = operation.id;
    const asked: UserRequest = { operation, request, outcome: 'asked' };
    this.requests.push(asked);
    this.#cluster.say('person', () => `asks to ${describe(operation)}`);
    const life = this.#cluster.person(operation.id, async (requests, self) => {
      await this.#insist(asked, requests, self);
      this.#cluster.say('person', () => `${describe(operation)}: ${asked.outcome}`);
    });
    this.#waiting.push(life);
  }

  async #insist(asked: UserRequest, requests: UserRequests, life: Life): Promise<void> {
    for (let left = TRIES_MAX; left > 0; left -= 1) {
      try {
        await perform(asked, requests, life);
        return;
      } catch (error) {
        this.#cluster.say('person', () => `${describe(asked.operation)}: ${String(error)}`);
        if (!FireCampError.is(error)) throw error;
        if (asked.outcome !== 'accepted') {
          asked.outcome = error.code === 'UNKNOWN_OUTCOME' ? 'unknown' : 'refused';
        }
        await life.clock.sleep(AGAIN_MS);
      }
    }
  }
}

async function perform(asked: UserRequest, requests: UserRequests, life: Life): Promise<void> {
  const id = await send(asked, requests, life);
  asked.outcome = 'accepted';
  if (id === null) return;
  await requests.follow(id, () => {}, { work: true });
  asked.outcome = 'done';
}

/** @returns the id of the operation that was recorded; null where there is nothing to follow. */
async function send(
  { operation, request }: UserRequest,
  requests: UserRequests,
  life: Life,
): Promise<string | null> {
  const said = { request, who: life.process, why: '' };
  const { service } = operation;
  switch (operation.kind) {
    case 'create': {
      const { members, volumes, addressing, deletion, stopAfterMs } = operation;
      const spec = stopAfterMs === undefined ? { volumes } : { volumes, stopAfterMs };
      const wish = { name: service, recipe: RECIPE, spec, members };
      return (await requests.create({ ...said, ...wish, addressing, deletion })).id;
    }
    case 'stop':
      return (await requests.stop({ ...said, service })).id;
    case 'start':
      return (await requests.start({ ...said, service })).id;
    case 'restart':
      return (await requests.restart({ ...said, service, ordinal: operation.ordinal })).id;
    case 'delete':
      return (await requests.delete({ ...said, service, deletion: operation.deletion })).id;
    case 'order': {
      const found = (await requests.services()).items.find(({ name }) => name === service);
      if (found === undefined) return null;
      const member = { service: found.uid, ordinal: operation.ordinal };
      await requests.order({ member, kind: operation.order, by: life.process, reason: 'wished' });
      return null;
    }
  }
}

function describe(operation: UserOperation): string {
  const { kind, service } = operation;
  if (kind === 'order') return `${operation.order} ${service}-${operation.ordinal}`;
  return `${kind} ${service}`;
}
