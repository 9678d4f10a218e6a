import { FireCampError, type LocalTask, type MemberRef, memberId } from '@firecamp/core';
import type { Methods } from '@firecamp/wire';
import { z } from 'zod';
import {
  check,
  memberSchema,
  peerRoutesSchema,
  type TaskReport,
  taskOrderSchema,
} from '../protocol.ts';
import type { LocalNodeRuntime } from './node-runtime.ts';

const task = z.object({ task: z.string().min(1).max(200) });
const keepAlive = task.extend({ untilMs: z.number() });
const start = z.object({ boot: z.string(), order: taskOrderSchema });
const stop = z.object({
  boot: z.string(),
  task: z.string(),
  graceMs: z.number().min(0).nullable(),
});
const forget = z.object({ boot: z.string(), task: z.string() });
const peers = z.object({ boot: z.string(), routes: peerRoutesSchema });
const tasks = z.object({ member: memberSchema.nullable() });

/** What the node's socket answers: `start`, `stop`, `forget` and `peers` to the engine, all else to all. */
export function runtimeMethods(runtime: LocalNodeRuntime, boot: string): Methods {
  const own = <T extends { readonly boot: string }>(input: T): T => {
    if (input.boot === boot) return input;
    throw new FireCampError('FAILED_PRECONDITION', `boot ${input.boot} is not this one: ${boot}`, {
      operation: 'node.boot',
      subject: { boot },
    });
  };
  return {
    calls: {
      start: async (input) => runtime.start(own(check(start, input, 'node.start')).order),
      stop: async (input) => {
        const read = own(check(stop, input, 'node.stop'));
        runtime.stop(read.task, read.graceMs);
      },
      peers: async (input) => runtime.peers.set(own(check(peers, input, 'node.peers')).routes),
      forget: async (input) => runtime.forget(own(check(forget, input, 'node.forget')).task),
      tasks: async (input) => localTasks(runtime, check(tasks, input, 'NodeRuntime.tasks').member),
      stopped: async (input) => runtime.stopped(check(task, input, 'NodeRuntime.stopped').task),
      keepAlive: async (input) => {
        const { task: id, untilMs } = check(keepAlive, input, 'NodeRuntime.keepAlive');
        runtime.keepAlive(id, untilMs);
      },
      kill: async (input) => runtime.kill(check(task, input, 'NodeRuntime.kill').task),
    },
    streams: {
      reports: (_input, signal) => runtime.reports(signal),
      exits: (_input, signal) => runtime.exits(signal),
    },
  };
}

function localTasks(runtime: LocalNodeRuntime, member: MemberRef | null): readonly LocalTask[] {
  return runtime
    .report()
    .tasks.flatMap((report) =>
      report.member === null ? [] : [{ id: report.id, member: report.member, state: seen(report) }],
    )
    .filter((local) => member === null || memberId(local.member) === memberId(member));
}

function seen({ state }: TaskReport): LocalTask['state'] {
  switch (state) {
    case 'preparing':
    case 'waiting':
      return 'created';
    case 'running':
    // Its processes may still be there, and nothing else is promised before they are gone.
    case 'stopping':
      return 'running';
    case 'ended':
      return 'ended';
  }
}
