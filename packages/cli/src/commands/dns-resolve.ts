import { FireCampError } from '@firecamp/core';
import { resolveName } from '@firecamp/dns-local';
import type { Command } from '../command.ts';

const TYPES = ['A', 'AAAA', 'SRV', 'TXT'] as const;

export const dnsResolve: Command = {
  arguments: [{ form: '<name>', text: 'in full, or as it stands before the domain' }],
  options: [
    { flags: '--type <type>', text: 'of the records', choices: TYPES, fallback: 'A' },
    { flags: '--server <address:port>', text: "whom to ask (default: the cluster's own server)" },
  ],
  examples: [
    ['firecamp dns pg-0', 'where the member is now'],
    ['firecamp dns pg-0.demo.firecamp.test --type TXT', 'another kind of record'],
  ],
  run: async (context, input) => {
    const configuration = await context.configuration();
    const { domain } = configuration;
    const given = input.text('name');
    const full = domain === null || given === domain || given.endsWith(`.${domain}`);
    const name = full ? given : `${given}.${domain}`;
    const type = TYPES.find((each) => each === input.text('type')) ?? 'A';
    await using cluster = await context.cluster();
    const server = serverOf(input.optionalText('server')) ?? cluster.dns;
    if (server === null) {
      throw new FireCampError(
        'UNSUPPORTED',
        "this cluster's names are answered by servers of somebody else; name one with: --server",
        { operation: 'firecamp dns' },
      );
    }
    const { status, values, ttlSeconds } = await resolveName(server, name, type);
    if (status !== 'found') {
      const what =
        status === 'no-name' ? `there is no name ${name}` : `${name} has no ${type} record`;
      throw new FireCampError('NOT_FOUND', what, {
        operation: 'firecamp dns',
        subject: { name, type },
      });
    }
    const asked = { address: server.address, port: server.port };
    context.print({ name, type, values, ttlSeconds, server: asked }, values.join('\n'));
    return 0;
  },
};

function serverOf(text: string | null): { readonly address: string; readonly port: number } | null {
  if (text === null) return null;
  const [, address, port] = /^([\d.]+|\[[\da-f:]+\]):(\d{1,5})$/.exec(text) ?? [];
  if (address !== undefined) {
    return { address: address.replaceAll(/[[\]]/g, ''), port: Number(port) };
  }
  throw new FireCampError('INVALID_ARGUMENT', '--server: expected <address>:<port>', {
    operation: 'firecamp dns',
    subject: { key: '--server' },
  });
}
