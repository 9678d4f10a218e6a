export { type DnsServer, startDnsServer } from './dns-server.ts';
export { createLocalNames, localNames } from './names-definition.ts';
export type { DnsAddress, LocalNamesOptions } from './names-options.ts';
export { type Resolved, type ResolveOptions, resolveName } from './resolve-name.ts';
