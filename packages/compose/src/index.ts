export { type ClockReadings, createClock, systemClock, systemRandom } from './system-clock.ts';
