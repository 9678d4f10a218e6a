export { MemoryAddresses, type MemoryAddressesOptions, memoryAddresses } from './addresses.ts';
export { type MemoryDatabaseOptions, MemoryRecords, memoryDatabase } from './database.ts';
export { type DiskContent, MemoryDisks } from './disks.ts';
export { createMemoryMounts, MemoryKernel } from './mounts.ts';
export { type MemoryNamesOptions, MemoryZone, memoryNames } from './names.ts';
export { type MemoryVolumesOptions, memoryVolumes } from './volumes.ts';
export { MemoryWire, type RequestCounts, type WireRequest } from './wire.ts';
