import { memberId } from '../model/member-ref.ts';
import type { NodeRuntime, Orchestrator } from '../orchestrator/orchestrator.ts';
import { callerOf, type Wrap } from './call.ts';

const call = callerOf('Orchestrator');
const runtimeCall = callerOf('NodeRuntime');

export const wrapOrchestrator: Wrap<Orchestrator> = (inner, around) => ({
  capabilities: inner.capabilities,
  nodes: (options) =>
    around.iterate(call('reads', 'nodes', '', options), () => inner.nodes(options)),
  applyUnit: (spec, expects, options) =>
    around.promise(call('repeats', 'applyUnit', spec.name, options), () =>
      inner.applyUnit(spec, expects, options),
    ),
  startUnit: (member, options) =>
    around.promise(call('repeats', 'startUnit', memberId(member), options), () =>
      inner.startUnit(member, options),
    ),
  stopUnit: (member, how, options) =>
    around.promise(call('repeats', 'stopUnit', memberId(member), options), () =>
      inner.stopUnit(member, how, options),
    ),
  removeUnit: (member, options) =>
    around.promise(call('repeats', 'removeUnit', memberId(member), options), () =>
      inner.removeUnit(member, options),
    ),
  drain: (node, options) =>
    around.promise(call('repeats', 'drain', node, options), () => inner.drain(node, options)),
  undrain: (node, options) =>
    around.promise(call('repeats', 'undrain', node, options), () => inner.undrain(node, options)),
  units: (service, options) =>
    around.iterate(call('reads', 'units', service, options), () => inner.units(service, options)),
  tasks: (service, options) =>
    around.iterate(call('reads', 'tasks', service, options), () => inner.tasks(service, options)),
  runJob: (spec, options) =>
    around.promise(call('repeats', 'runJob', spec.id, options), () => inner.runJob(spec, options)),
  job: (id, options) =>
    around.promise(call('reads', 'job', id, options), () => inner.job(id, options)),
  removeJob: (id, options) =>
    around.promise(call('repeats', 'removeJob', id, options), () => inner.removeJob(id, options)),
  logs: (member, range) =>
    around.iterate(call('reads', 'logs', memberId(member), range), () => inner.logs(member, range)),
});

export const wrapRuntime: Wrap<NodeRuntime> = (inner, around) => ({
  tasks: (member, options) => {
    const subject = member === undefined ? '' : memberId(member);
    return around.promise(runtimeCall('reads', 'tasks', subject, options), () =>
      inner.tasks(member, options),
    );
  },
  stopped: (task, options) =>
    around.promise(runtimeCall('reads', 'stopped', task, options), () =>
      inner.stopped(task, options),
    ),
  kill: (task, options) =>
    around.promise(runtimeCall('repeats', 'kill', task, options), () => inner.kill(task, options)),
  keepAlive: (task, untilMs, options) =>
    around.promise(runtimeCall('repeats', 'keepAlive', task, options), () =>
      inner.keepAlive(task, untilMs, options),
    ),
  exits: (options) =>
    around.iterate(runtimeCall('reads', 'exits', '', options), () => inner.exits(options)),
});
