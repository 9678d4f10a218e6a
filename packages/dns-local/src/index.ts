export { type DnsServer, startDnsServer } from './dns-server.ts';
export { loopbackAddresses } from './loopback-definition.ts';
export type { LoopbackOptions } from './loopback-options.ts';
export type { AddressRange } from './loopback-range.ts';
export { createLocalNames, localNames } from './names-definition.ts';
export type { DnsAddress, LocalNamesOptions } from './names-options.ts';
export { type Resolved, type ResolveOptions, resolveName } from './resolve-name.ts';
