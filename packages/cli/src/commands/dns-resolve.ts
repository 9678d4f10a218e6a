import { FireCampError } from '@firecamp/core';
import { resolveName } from '@firecamp/dns-local';
import type { Command } from '../command.ts';
import { dnsAddress } from '../dns-address.ts';
import type { Input } from '../input.ts';

const NAME_LENGTH_MAX = 253;
/** With underscores: names of services and of texts begin with one. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/i;
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
    const given = nameOf(input);
    const full = domain === null || given === domain || given.endsWith(`.${domain}`);
    const name = full ? given : `${given}.${domain}`;
    const type = TYPES.find((each) => each === input.text('type')) ?? 'A';
    const named = input.optionalText('server') === null ? null : dnsAddress(input, 'server');
    await using cluster = await context.cluster();
    const server = named ?? cluster.dns;
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

/** A name as it can stand in a question. */
function nameOf(input: Input): string {
  const name = input.text('name');
  const good = name.length <= NAME_LENGTH_MAX && name.split('.').every((each) => LABEL.test(each));
  if (good) return name;
  throw input.refusal('name', 'expected labels with dots between them, such as pg-0');
}
