import { open } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Connection } from '@firecamp/catalog';
import {
  FireCampError,
  type MemberStatus,
  memberId,
  type Secret,
  type ServiceStatus,
  unreadableError,
} from '@firecamp/core';
import { resolveName } from '@firecamp/dns-local';
import type { Cluster } from '../cluster/cluster.ts';
import type { Command } from '../command.ts';
import { unwritable } from '../unwritable.ts';

const ORDINAL_MAX = 9999;

export const serviceConnect: Command = {
  arguments: [
    { form: '<service>', text: 'its name' },
    { form: '[ordinal]', text: 'of a member (default: the one that leads)' },
  ],
  options: [
    { flags: '--reveal', text: 'print the password too' },
    {
      flags: '--passfile <path>',
      text: 'write the password to a new file, in the form of .pgpass',
    },
  ],
  examples: [
    ['firecamp connect pg', 'how a client reaches the member that leads'],
    ['firecamp connect pg --passfile pg.pass', 'the same, and a file that psql takes it from'],
  ],
  run: async (context, input) => {
    const { io } = context;
    const ordinal = input.integer('ordinal', 0, ORDINAL_MAX);
    await using cluster = await context.cluster();
    const status = await cluster.manager.status(input.text('service'));
    const member = memberOf(status, ordinal ?? status.service.leader);
    const { service } = status;
    if (!service.running) {
      io.err(`firecamp: ${service.name} is stopped; next: firecamp start ${service.name}`);
    }
    const recipe = cluster.catalog.recipe(service.recipe);
    const connection = recipe.connect?.(service.spec, member.record.ordinal) ?? null;
    if (connection === null) throw noWay(service.recipe);
    const host = await hostOf(cluster, member);
    const password = await passwordOf(cluster, status, connection);
    const passfile = input.optionalText('passfile');
    const file = passfile === null ? null : resolve(io.folder, passfile);
    if (file !== null) await writePassfile(file, host, connection, password);
    const shown = input.flag('reveal') ? password : null;
    const url = urlOf(host, connection, { password: shown, passfile: file });
    const { scheme, port, user, path: database } = connection;
    context.print(
      {
        member: member.record.name,
        ...{ scheme, host, port, user, database, url },
        dnsName: member.record.dnsName,
        passfile: file,
        ...(shown === null ? {} : { password: shown.reveal() }),
      },
      url,
    );
    return 0;
  },
};

function memberOf({ service, members, unreadable }: ServiceStatus, ordinal: number): MemberStatus {
  const found = members.find(({ record }) => record.ordinal === ordinal);
  if (found !== undefined) return found;
  const bad = unreadable.find(({ id }) => id === memberId({ service: service.uid, ordinal }));
  if (bad !== undefined) throw unreadableError(bad);
  const has = members.map(({ record }) => record.name).join(', ') || 'none yet';
  const message = `${service.name} has no member ${service.name}-${ordinal}; it has ${has}`;
  throw new FireCampError('NOT_FOUND', message, {
    operation: 'firecamp connect',
    subject: { service: service.name },
  });
}

/** The address for life where there is one; else what the name says now. */
async function hostOf({ dns }: Cluster, { record }: MemberStatus): Promise<string> {
  if (record.address !== null) return record.address.ip;
  const { values } =
    record.dnsName === null || dns === null
      ? { values: [] }
      : await resolveName(dns, record.dnsName, 'A');
  const [address] = values;
  if (address !== undefined) return address;
  throw new FireCampError('FAILED_PRECONDITION', `${record.name} has no address now`, {
    operation: 'firecamp connect',
    subject: { member: record.name },
  });
}

async function passwordOf(
  { secrets }: Cluster,
  { service }: ServiceStatus,
  { secret }: Connection,
): Promise<Secret | null> {
  const reference = secret === null ? undefined : service.secrets[secret];
  if (reference === undefined) return null;
  const at = reference.lastIndexOf('@');
  return await secrets.read(reference.slice(0, at), reference.slice(at + 1));
}

/** A file that is there may hold the passwords of others, and stays as it is. */
async function writePassfile(
  file: string,
  host: string,
  { port, user }: Connection,
  password: Secret | null,
): Promise<void> {
  const fields = [host, String(port), '*', user, password?.reveal() ?? ''];
  const line = fields.map((field) => field.replaceAll(/[\\:]/g, '\\$&')).join(':');
  try {
    await using handle = await open(file, 'wx', 0o600);
    await handle.writeFile(`${line}\n`);
  } catch (cause) {
    throw unwritable('firecamp connect', file, cause);
  }
}

function urlOf(
  host: string,
  { scheme, port, user, path }: Connection,
  how: { readonly password: Secret | null; readonly passfile: string | null },
): string {
  const password = how.password === null ? '' : `:${encodeURIComponent(how.password.reveal())}`;
  const query = how.passfile === null ? '' : `?passfile=${encodeURIComponent(how.passfile)}`;
  return `${scheme}://${user}${password}@${host}:${port}/${path}${query}`;
}

function noWay(recipe: string): FireCampError {
  return new FireCampError(
    'UNSUPPORTED',
    `${recipe} does not say how a client connects; see the addresses in: firecamp status`,
    { operation: 'firecamp connect' },
  );
}
