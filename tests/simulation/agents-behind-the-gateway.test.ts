import {
  type Database,
  type ErrorCode,
  FireCampError,
  LeaseWatch,
  PROTOCOL_RULES,
} from '@firecamp/core';
import { type Around, wrapDatabase } from '@firecamp/core/layers';
import {
  drawScenario,
  type Programs,
  runScenario,
  type SimulatedAgentParts,
} from '@firecamp/core/simulation';
import { servedToNode } from '@firecamp/gateway';
import { expect, test } from 'vitest';
import { drain } from './drain.ts';
import { productionPrograms } from './programs.ts';
import { WORLDS } from './worlds.ts';

const SEEDS = 12;

/** What the policy of the gateway said to agents that follow the protocol. */
interface Heard {
  writes: number;
  readonly refused: string[];
}

/** Never what an agent of ours does: it would be told so for ever. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(['PERMISSION_DENIED', 'INVALID_ARGUMENT']);

function listening(inner: Database, heard: Heard): Database {
  const around: Around = {
    promise: async (call, next) => {
      if (call.operation === 'Database.write') heard.writes += 1;
      try {
        return await next();
      } catch (error) {
        if (FireCampError.is(error) && REFUSALS.has(error.code)) heard.refused.push(error.message);
        throw error;
      }
    },
    iterate: (_call, next) => next(),
  };
  return wrapDatabase(inner, around);
}

/** Production agents, each with only the rights that the gateway gives to its node. */
function behindTheGateway(heard: Heard): Programs {
  const { agent, manager } = productionPrograms();
  return {
    manager,
    agent: (parts: SimulatedAgentParts) => {
      const { database, names, pool: addresses, clock, facts } = parts;
      const leases = new LeaseWatch({ clock, lateMs: 0, rules: PROTOCOL_RULES });
      const rights = { node: facts.id, leases, agentProofs: [] };
      const served = servedToNode({ database, names, addresses }, rights);
      return agent({
        ...parts,
        database: listening(served.database, heard),
        names: served.names,
        pool: served.addresses,
      });
    },
  };
}

test('agents that follow the protocol are refused nothing by the gateway', async () => {
  const { kind, bounds } = WORLDS['embedded'] ?? expect.fail('there is no embedded world');
  const heard: Heard = { writes: 0, refused: [] };

  for (let seed = 1; seed <= SEEDS; seed++) {
    const programs = behindTheGateway(heard);
    const { violation } = await runScenario(drawScenario(seed, bounds), { kind, programs, drain });
    expect([seed, violation?.message]).toEqual([seed, undefined]);
  }

  expect(heard.refused).toEqual([]);
  expect(heard.writes).toBeGreaterThan(SEEDS * 100);
});
