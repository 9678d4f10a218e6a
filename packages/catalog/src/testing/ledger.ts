import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject, Secret, WantedService } from '@firecamp/core';
import type { HookContext, MemberFacts, MemberFile, Peer, Recipe, RecipeHooks } from '../recipe.ts';
import { fields, integer, otherwise } from '../spec.ts';
import { askTally } from './tally-client.ts';
import { tallyCommand } from './tally-command.ts';

/** What may be said of a ledger. */
export type LedgerSpec = { readonly port: number };

type Context = HookContext<LedgerSpec>;
/** Also in the midst of the two hooks that write on two volumes. */
export type LedgerMoment = keyof RecipeHooks<LedgerSpec> | 'initialize.half' | 'seed.half';

/** Called when a hook begins; may reject, hang, or end the process. */
export type LedgerProbe = (moment: LedgerMoment, context: Context) => Promise<void>;

const ROLES = ['data', 'journal'] as const;
const read = fields({ port: otherwise(integer(1024, 65_535), 7001) });

/**
 * A service with two volumes, a leader that starts first, a secret, files in every place, and every
 * hook that there is: what its probe does shows how FireCamp bears hooks that fail and crash.
 */
export function createLedger(probe: LedgerProbe = async () => {}): Recipe<LedgerSpec> {
  return {
    name: 'ledger',
    summary: 'for tests: a leader and copies of it on two volumes, with every hook',
    proven: 'by its own tests',
    membersMin: 1,
    membersMax: 9,
    parse: (input) => read(input, ''),
    wanted,
    files,
    hooks: hooksOf(probe),
  };
}

function wanted(spec: LedgerSpec, members: number): WantedService {
  return {
    members: Array.from({ length: members }, (_, ordinal) => ({
      ordinal,
      program: {
        image: null,
        command: tallyCommand(ROLES, spec.port),
        environment: { LEDGER_FILES: `\${files}` },
        stopSignal: 'SIGTERM' as const,
        graceMs: 5_000,
      },
      ports: [{ name: 'tally', port: spec.port, protocol: 'tcp' as const }],
      volumes: ROLES.map((role) => ({ role, sizeBytes: 2 ** 24 })),
      memoryBytesMax: null,
      cpuMillisMax: null,
    })),
    secrets: [{ name: 'seal', bytes: 24 }],
    startOrder: 'leader-first',
    restartOrder: 'leader-first',
    unavailableMax: 1,
  };
}

function files(
  { leader, name, peers }: MemberFacts<LedgerSpec>,
  secrets: Readonly<Record<string, Secret>>,
): readonly MemberFile[] {
  const list = peers.map((peer) => `${peer.name} ${peer.address ?? 'unknown'}\n`).join('');
  return [
    { place: 'files', path: 'peers', content: list, onChange: 'reload' },
    { place: 'files', path: 'main', content: `${name} follows ${leader}\n`, onChange: 'restart' },
    {
      place: 'secrets',
      path: 'seal',
      content: `${secrets['seal']?.reveal() ?? ''}\n`,
      onChange: 'nothing',
    },
    { place: 'volume:journal', path: 'conf/ledger', content: `${name}\n`, onChange: 'nothing' },
  ];
}

function hooksOf(probe: LedgerProbe): RecipeHooks<LedgerSpec> {
  return {
    initialize: async (context) => {
      await probe('initialize', context);
      await fill(context, '', () => probe('initialize.half', context));
    },
    seed: async (context, from) => {
      await probe('seed', context);
      const text: unknown = JSON.parse(await ask(context, from.address ?? '', 'dump'));
      await fill(context, String(text), () => probe('seed.half', context));
    },
    beforeStart: async (context) => {
      await probe('beforeStart', context);
      await writeFile(join(volume(context, 'data'), 'started'), '');
    },
    ready: async (context) => {
      await probe('ready', context);
      await ask(context, context.facts.address, 'count');
      return { ready: true, message: '' };
    },
    role: async (context) => {
      await probe('role', context);
      return context.facts.ordinal === context.facts.leader ? 'leader' : 'follower';
    },
    reload: async (context) => {
      await probe('reload', context);
      const peers = await readFile(join(context.facts.paths.files, 'peers'), 'utf8');
      await ask(context, context.facts.address, `note peers ${Buffer.from(peers).toString('hex')}`);
    },
    join: (context) => note(context, probe, 'join'),
    leave: (context) => note(context, probe, 'leave'),
    switchover: (context, to) => note(context, probe, 'switchover', to),
    failover: (context) => note(context, probe, 'failover'),
    beforeStop: (context) => note(context, probe, 'beforeStop'),
    backup: async (context, folder): Promise<JsonObject> => {
      await probe('backup', context);
      const text = await ask(context, context.facts.address, 'dump');
      await writeFile(join(folder, 'tally'), String(JSON.parse(text)));
      return { member: context.facts.name };
    },
  };
}

/** Leaves on the member's own server that the hook ran. */
async function note(
  context: Context,
  probe: LedgerProbe,
  hook: LedgerMoment,
  to?: Peer,
): Promise<void> {
  await probe(hook, context);
  await ask(context, context.facts.address, `note ${hook} ${to?.name ?? 'done'}`);
}

function ask({ facts, signal }: Context, host: string, command: string): Promise<string> {
  return askTally(host, facts.spec.port, command, signal);
}

/** Fails on a file that is there: an empty volume is what the hook was promised. */
async function fill(context: Context, text: string, half: () => Promise<void>): Promise<void> {
  for (const role of ROLES) {
    const file = await open(join(volume(context, role), 'tally'), 'wx', 0o600);
    try {
      await file.writeFile(text);
      if (context.user !== null) await file.chown(context.user.uid, context.user.gid);
      await file.sync();
    } finally {
      await file.close();
    }
    if (role === 'data') await half();
  }
}

function volume({ facts }: Context, role: (typeof ROLES)[number]): string {
  return facts.paths.volumes[role] ?? '';
}
