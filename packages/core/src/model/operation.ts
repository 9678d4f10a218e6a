import type { Json, JsonObject } from '../json.ts';
import {
  count,
  type Decode,
  flag,
  json,
  list,
  object,
  oneOf,
  orNull,
  record,
  text,
  type Versioned,
  versioned,
} from './codec.ts';

export const OPERATION_SCHEMA = 1;

/** In-flight and failed steps that a record may hold; done steps follow from the pure plan. */
export const OPERATION_STEPS_MAX = 64;

export type OperationState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled';

/** A step that is under way or has failed. */
export interface OperationStep {
  /** The step's id in the plan, for example `volume.create:pg-0:data`. */
  readonly id: string;
  /** Time of day of the first attempt, for people. */
  readonly sinceMs: number;
  readonly attempts: number;
  readonly lastError: string;
  /** What to type or wait for; empty when nothing is to be done. */
  readonly remedy: string;
}

/** The durable record of a change that somebody asked for. Any manager can go on with it. */
export interface OperationRecord extends Versioned {
  /** From the caller, so that a repeat is the same operation: `[a-z0-9-]{1,63}`. */
  readonly id: string;
  /** For example `create`, `delete`, `stop`. */
  readonly kind: string;
  /** The service's uid, and its name for people. */
  readonly service: string;
  readonly serviceName: string;
  readonly who: string;
  readonly why: string;
  readonly request: JsonObject;
  readonly state: OperationState;
  /** Rises with each change of the manager that runs it. */
  readonly generation: number;
  readonly runner: string | null;
  readonly lease: { readonly seq: number; readonly ms: number } | null;
  readonly cancel: boolean;
  readonly stepsDone: number;
  readonly stepsTotal: number;
  readonly steps: readonly OperationStep[];
  /** Why it failed or was cancelled; empty otherwise. */
  readonly error: string;
  /** Time of day, for people. */
  readonly createdMs: number;
  readonly endedMs: number | null;
}

const decodeRequest: Decode<JsonObject> = record<Json>(json);

const decodeFields: Decode<OperationRecord> = object({
  schema: count,
  id: text,
  kind: text,
  service: text,
  serviceName: text,
  who: text,
  why: text,
  request: decodeRequest,
  state: oneOf('queued', 'running', 'done', 'failed', 'cancelled'),
  generation: count,
  runner: orNull(text),
  lease: orNull(object({ seq: count, ms: count })),
  cancel: flag,
  stepsDone: count,
  stepsTotal: count,
  steps: list(object({ id: text, sinceMs: count, attempts: count, lastError: text, remedy: text })),
  error: text,
  createdMs: count,
  endedMs: orNull(count),
});

/** As {@link versioned}. */
export const decodeOperation: (value: unknown) => OperationRecord = versioned(
  'operation',
  OPERATION_SCHEMA,
  decodeFields,
);
