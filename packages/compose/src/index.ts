export type {
  Choice,
  Configuration,
  ConfiguredNode,
  SeamKey,
} from './configuration/configuration.ts';
export type { Document, Path, Place } from './configuration/document.ts';
export { parseConfiguration } from './configuration/parse-configuration.ts';
export { readConfiguration, readDocument } from './configuration/read-configuration.ts';
export { readYaml } from './configuration/read-yaml.ts';
export { type Composition, compose, type Provision, provide } from './provide.ts';
export { type ClockReadings, createClock, systemClock, systemRandom } from './system-clock.ts';
