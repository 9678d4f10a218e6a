import { join } from 'node:path';
import { FireCampError, type Job } from '@firecamp/core';
import type { Methods } from '@firecamp/wire';
import { z } from 'zod';
import { fillProgram } from '../node/fill.ts';
import { check, jobSchema, memberLogs, memberSchema, unitSchema } from '../protocol.ts';
import type { Engine } from './engine.ts';
import { readLogs } from './log-reader.ts';
import { logFolder } from './node-boot.ts';
import { ENGINE_CUT } from './node-gates.ts';
import type { NodeKeeper } from './node-keeper.ts';
import { PEERS_CUT } from './peer-routes.ts';
import type { JobRecord } from './records.ts';
import {
  applied,
  checkName,
  checkUnit,
  removed,
  started,
  stopped,
  tasksOf,
  toUnit,
  unitKey,
  withPeerFault,
} from './units.ts';

const inputs = {
  apply: z.object({ spec: unitSchema, expects: z.string().nullable() }),
  member: z.object({ member: memberSchema }),
  stop: z.object({ member: memberSchema, graceMs: z.number().int().min(0).max(86_400_000) }),
  service: z.object({ service: z.string() }),
  node: z.object({ node: z.string() }),
  drain: z.object({ node: z.string(), drained: z.boolean() }),
  cut: z.object({ node: z.string(), from: z.array(z.string()).max(64) }),
  boot: z.object({ node: z.string(), boot: z.string() }),
  run: z.object({ spec: jobSchema }),
  job: z.object({ id: z.string() }),
  logs: z.object({
    member: memberSchema,
    tail: z.number().int().min(0).max(10_000).nullable(),
    follow: z.boolean(),
  }),
};

type Calls = NonNullable<Methods['calls']>;

/** What the engine's socket answers. */
export function engineMethods(engine: Engine): Methods {
  return {
    calls: { ...unitCalls(engine), ...jobCalls(engine), ...nodeCalls(engine) },
    streams: {
      logs: (input, signal) => {
        const { member, ...wanted } = check(inputs.logs, input, 'Orchestrator.logs');
        const folder = join(logFolder(engine.parts.options), memberLogs(member));
        return readLogs(folder, wanted, signal);
      },
    },
  };
}

function unitCalls(engine: Engine): Calls {
  const { cluster, units, random, bell } = engine.parts;
  const ofService = (input: unknown) => {
    const { service } = check(inputs.service, input, 'Orchestrator.units');
    return units.values().filter(({ spec }) => spec.member.service === service);
  };
  return {
    'apply-unit': async (input) => {
      const { spec, expects } = check(inputs.apply, input, 'Orchestrator.applyUnit');
      checkUnit(spec, cluster);
      const key = unitKey(spec.member);
      const change = { spec, expects, revision: random.id() };
      const record = await units.change(key, (now) => {
        checkName(spec, units.values());
        return applied(now, change);
      });
      bell.ring();
      return record === null ? null : toUnit(record);
    },
    'start-unit': async (input) => {
      const { member } = check(inputs.member, input, 'Orchestrator.startUnit');
      await units.change(unitKey(member), (now) => started(now, member, random.id()));
      bell.ring();
    },
    'stop-unit': async (input) => {
      const asked = check(inputs.stop, input, 'Orchestrator.stopUnit');
      const change = { ...asked, revision: random.id() };
      await units.change(unitKey(asked.member), (now) => stopped(now, change));
      bell.ring();
    },
    'remove-unit': async (input) => {
      const { member } = check(inputs.member, input, 'Orchestrator.removeUnit');
      await units.change(unitKey(member), (now) => removed(now, random.id()));
      bell.ring();
    },
    units: async (input) =>
      ofService(input)
        .filter((unit) => !unit.removed)
        .map(toUnit),
    tasks: async (input) => {
      const views = engine.views();
      const found = ofService(input);
      const tasks = found.flatMap((unit) =>
        tasksOf(unit, views, engine.why(unitKey(unit.spec.member))),
      );
      const addresses = new Set(found.map(({ address }) => address));
      return tasks.map((task) => withPeerFault(task, views, addresses));
    },
  };
}

function jobCalls(engine: Engine): Calls {
  const { cluster, jobs, bell } = engine.parts;
  return {
    'run-job': async (input) => {
      const { spec } = check(inputs.run, input, 'Orchestrator.runJob');
      if (spec.cluster !== cluster) throw otherCluster(spec.cluster, cluster);
      // Nothing is mounted for a job, so that there is nothing to fill in.
      fillProgram(spec.program, {});
      const fresh = { schema: 1, spec, state: 'pending', exitCode: null } as const;
      const record = await jobs.change(
        spec.id,
        (now) => now ?? { ...fresh, removed: false, current: null },
      );
      bell.ring();
      return toJob(record);
    },
    job: async (input) => toJob(jobs.get(check(inputs.job, input, 'Orchestrator.job').id)),
    'remove-job': async (input) => {
      const { id } = check(inputs.job, input, 'Orchestrator.removeJob');
      await jobs.change(id, (now) => (now === null ? null : { ...now, removed: true }));
      bell.ring();
    },
  };
}

function toJob(record: JobRecord | null): Job | null {
  if (record === null || record.removed) return null;
  const { spec, state, exitCode } = record;
  return { id: spec.id, state, exitCode };
}

function nodeCalls(engine: Engine): Calls {
  const { nodes, options } = engine.parts;
  const node = (input: unknown): NodeKeeper => {
    const { node: id } = check(inputs.node, input, 'engine.node');
    const found = nodes.get(id);
    if (found !== undefined) return found;
    throw new FireCampError('NOT_FOUND', `node ${id}: there are ${[...nodes.keys()].join(', ')}`, {
      operation: 'engine.node',
      subject: { node: id },
    });
  };
  return {
    nodes: async () => [...nodes.values()].map((each) => each.status()),
    'start-node': async (input) => node(input).start(),
    'kill-node': async (input) => node(input).kill(),
    'pause-node': async (input) => node(input).pause(),
    'resume-node': async (input) => node(input).resume(),
    'drain-node': async (input) => node(input).drain(check(inputs.drain, input, 'drain').drained),
    'end-boot': async (input) => node(input).endBoot(check(inputs.boot, input, 'endBoot').boot),
    'cut-node': async (input) => {
      const { from } = check(inputs.cut, input, 'engine.cut');
      const known = [ENGINE_CUT, PEERS_CUT, ...Object.keys(options.gates)];
      const unknown = from.find((name) => !known.includes(name));
      if (unknown !== undefined) throw unknownGate(unknown, known);
      await node(input).cut(from);
      await engine.routePeers();
      return { uncut: from.includes(PEERS_CUT) ? engine.uncutWays() : [] };
    },
  };
}

function otherCluster(named: string, own: string): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `cluster ${named}: this is ${own}`, {
    operation: 'Orchestrator.runJob',
    subject: { key: 'cluster' },
  });
}

function unknownGate(name: string, known: readonly string[]): FireCampError {
  return new FireCampError('INVALID_ARGUMENT', `${name}: there are ${known.join(', ')}`, {
    operation: 'engine.cut',
    subject: { key: 'from' },
  });
}
