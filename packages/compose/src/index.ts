export { type Composition, compose, type Provision, provide } from './provide.ts';
export { type ClockReadings, createClock, systemClock, systemRandom } from './system-clock.ts';
