export { type MemoryDatabaseOptions, MemoryRecords, memoryDatabase } from './database.ts';
export { MemoryWire, type RequestCounts, type WireRequest } from './wire.ts';
