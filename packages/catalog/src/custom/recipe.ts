import { connect } from 'node:net';
import { FireCampError, type Secret, type WantedService } from '@firecamp/core';
import type { Health, HookContext, MemberFacts, MemberFile, Recipe } from '../recipe.ts';
import { type CustomSpec, parseCustom } from './spec.ts';
import { nameValues, renderTemplate } from './template.ts';

type Context = HookContext<CustomSpec>;

const MEMBERS_MAX = 1000;
const CONNECT_MS_MAX = 2_000;

/** Any program with members, ports, files and volumes, as its spec says. */
export const custom: Recipe<CustomSpec> = {
  name: 'custom',
  summary: 'any program, from a file that says what it needs',
  proven: 'small programs of the tests, with volumes, files, secrets and each kind of ready check',
  membersMin: 1,
  membersMax: MEMBERS_MAX,
  parse: parseCustom,
  wanted,
  files,
  hooks: { ready, role: async () => '', reload },
};

function wanted(spec: CustomSpec, members: number): WantedService {
  const { image, command, environment, stopSignal, graceMs, ports, volumes } = spec;
  const { memoryBytesMax, cpuMillisMax } = spec;
  const program = { image, command, environment, stopSignal, graceMs };
  return {
    members: Array.from({ length: members }, (_, ordinal) => ({
      ordinal,
      program,
      ports,
      volumes,
      memoryBytesMax,
      cpuMillisMax,
    })),
    secrets: spec.secrets,
    startOrder: spec.startOrder,
    unavailableMax: spec.unavailableMax,
    ...restartOrderOf(spec),
    ...isolationOf(spec),
  };
}

/** Records of before it could be chosen do not have it. */
function restartOrderOf({ restartOrder }: CustomSpec): Pick<WantedService, 'restartOrder'> {
  return restartOrder === undefined ? {} : { restartOrder };
}

/** Records of before it could be asked for do not say that it was not. */
function isolationOf({ isolation }: CustomSpec): Pick<WantedService, 'isolation'> {
  return isolation == null ? {} : { isolation };
}

function files(
  facts: MemberFacts<CustomSpec>,
  secrets: Readonly<Record<string, Secret>>,
): readonly MemberFile[] {
  const values = nameValues(facts, facts.spec.ports, secrets);
  return facts.spec.files.map((file) => ({
    ...file,
    content: renderTemplate(file.content, (name) => values.get(name)),
  }));
}

async function ready(context: Context): Promise<Health> {
  const { ready: check, ports } = context.facts.spec;
  switch (check.kind) {
    case 'none':
      return { ready: true, message: '' };
    case 'tcp':
      return answers(context, ports.find(({ name }) => name === check.port)?.port ?? 0);
    case 'command':
      return succeeds(context, check.command);
  }
}

async function reload(context: Context): Promise<void> {
  const { reload: command } = context.facts.spec;
  if (command !== null) await context.run(rendered(context, command));
}

function rendered({ facts }: Context, command: readonly string[]): readonly string[] {
  const values = nameValues(facts, facts.spec.ports, {});
  return command.map((part) => renderTemplate(part, (name) => values.get(name)));
}

async function succeeds(context: Context, command: readonly string[]): Promise<Health> {
  try {
    await context.run(rendered(context, command));
    return { ready: true, message: '' };
  } catch (error) {
    if (FireCampError.is(error, 'INTERNAL')) return { ready: false, message: error.message };
    throw error;
  }
}

async function answers({ facts, signal }: Context, port: number): Promise<Health> {
  const socket = connect({ host: facts.address, port, signal, timeout: CONNECT_MS_MAX });
  const message = await new Promise<string>((resolve) => {
    socket.once('connect', () => resolve(''));
    socket.once('timeout', () => resolve(`does not answer on port ${port}`));
    socket.once('error', (error) => resolve(error.message));
  });
  socket.destroy();
  return { ready: message === '', message };
}
