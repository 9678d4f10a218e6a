import type { SeamKey } from './configuration.ts';

/** Short names of what comes with FireCamp, by the key under which they may stand. */
export const BUNDLED: Readonly<
  Record<SeamKey | 'fencers' | 'recipes', Readonly<Record<string, string>>>
> = {
  database: { sqlite: '@firecamp/db-sqlite#sqliteDatabase' },
  volumes: { 'shared-directories': '@firecamp/storage-local#sharedDirectories' },
  names: { 'local-dns': '@firecamp/dns-local#localNames' },
  addresses: { loopback: '@firecamp/dns-local#loopbackAddresses' },
  orchestrator: { processes: '@firecamp/orch-local#localProcesses' },
  secrets: { 'private-folder': '@firecamp/secrets-local#privateFolder' },
  fencers: { 'process-gone': '@firecamp/orch-local#processGone' },
  recipes: {
    postgresql: '@firecamp/catalog#postgresql',
    custom: '@firecamp/catalog#custom',
  },
};

/** What a file gets that chooses nothing: all on one machine, without root. */
export const EMBEDDED: Readonly<Record<SeamKey, string>> = {
  database: 'sqlite',
  volumes: 'shared-directories',
  names: 'local-dns',
  addresses: 'loopback',
  orchestrator: 'processes',
  secrets: 'private-folder',
};
