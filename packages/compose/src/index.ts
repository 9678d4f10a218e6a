export { type ImportPackage, importFrom } from './adapters/import-package.ts';
export {
  type Adapters,
  type LoadedAdapter,
  type LoadOptions,
  loadAdapters,
  loadRecipes,
} from './adapters/load-adapters.ts';
export type {
  Choice,
  Configuration,
  ConfiguredNode,
  SeamKey,
} from './configuration/configuration.ts';
export { type Document, documentFault, type Path, type Place } from './configuration/document.ts';
export { HISTORY_RANGES, KEY_ROWS, type KeyRow, type Range } from './configuration/keys.ts';
export { parseConfiguration } from './configuration/parse-configuration.ts';
export {
  configurationMemory,
  readConfiguration,
  readDocument,
} from './configuration/read-configuration.ts';
export { readYaml } from './configuration/read-yaml.ts';
export {
  adapterHosts,
  agentParts,
  type ManagerOptions,
  managerParts,
  type NodeOptions,
  OptionalAddressNode,
  OptionalAddressPool,
  OptionalNames,
  type Setting,
} from './parts.ts';
export { type Composition, compose, type Provision, provide } from './provide.ts';
export { type ClockReadings, createClock, systemClock, systemRandom } from './system-clock.ts';
export type { TraceSink } from './traced.ts';
