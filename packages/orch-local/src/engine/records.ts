import type { JobSpec, UnitSpec } from '@firecamp/core';
import { z } from 'zod';
import type { ProcessId } from '../process/stat.ts';
import { jobSchema, unitSchema } from '../protocol.ts';

// What the engine keeps in its state folder, one file for each thing.

/** A task that was placed. */
export interface Assignment {
  readonly task: string;
  readonly node: string;
  readonly boot: string;
  /** Of the unit that it runs. */
  readonly digest: string;
  /** How long it may take to end, once it is to end; null while it is to run. */
  readonly stopGraceMs: number | null;
}

/** How the last task of a unit ended. */
export interface LastTask {
  readonly task: string;
  readonly node: string;
  readonly exitCode: number | null;
  readonly message: string;
}

/** A unit, and where it runs. */
export interface UnitRecord {
  readonly schema: 1;
  readonly spec: UnitSpec;
  /** Another one after each change of spec, `running` or `removed`; never used twice. */
  readonly revision: string;
  readonly running: boolean;
  /** Its last tasks are ending; then the record goes too. */
  readonly removed: boolean;
  readonly current: Assignment | null;
  /** Superseded, and not known to have ended. */
  readonly older: readonly Assignment[];
  readonly last: LastTask | null;
  /** What its member last listened on; null before any agent has said so. */
  readonly address: string | null;
}

/** A one-off task. */
export interface JobRecord {
  readonly schema: 1;
  readonly spec: JobSpec;
  readonly state: 'pending' | 'running' | 'done' | 'failed';
  readonly exitCode: number | null;
  readonly removed: boolean;
  readonly current: Assignment | null;
}

/** One run of a node. */
export interface BootRecord {
  readonly boot: string;
  /** Null until its process is there: it may or may not have been started. */
  readonly root: ProcessId | null;
}

/** What is wanted of a node, and its boots. */
export interface NodeRecord {
  readonly schema: 1;
  readonly id: string;
  readonly wanted: 'up' | 'down';
  readonly drained: boolean;
  /** What it is cut off from. */
  readonly cut: readonly string[];
  readonly current: BootRecord | null;
  /** Boots that provably ended, newest last. */
  readonly gone: readonly string[];
}

/** How many ended boots of a node are remembered; one that is forgotten cannot be proven any more. */
export const GONE_MAX = 1_000;

const schema = z.literal(1);
const count = z.number().int();

const assignment: z.ZodType<Assignment> = z.object({
  task: z.string(),
  node: z.string(),
  boot: z.string(),
  digest: z.string(),
  stopGraceMs: count.nullable(),
});

export const unitRecord: z.ZodType<UnitRecord> = z.object({
  schema,
  spec: unitSchema,
  revision: z.string(),
  running: z.boolean(),
  removed: z.boolean(),
  current: assignment.nullable(),
  older: z.array(assignment),
  last: z
    .object({
      task: z.string(),
      node: z.string(),
      exitCode: count.nullable(),
      message: z.string(),
    })
    .nullable(),
  address: z.string().nullable(),
});

export const jobRecord: z.ZodType<JobRecord> = z.object({
  schema,
  spec: jobSchema,
  state: z.enum(['pending', 'running', 'done', 'failed']),
  exitCode: count.nullable(),
  removed: z.boolean(),
  current: assignment.nullable(),
});

export const nodeRecord: z.ZodType<NodeRecord> = z.object({
  schema,
  id: z.string(),
  wanted: z.enum(['up', 'down']),
  drained: z.boolean(),
  cut: z.array(z.string()),
  current: z
    .object({
      boot: z.string(),
      root: z.object({ pid: count, startTicks: count, machineBoot: z.string() }).nullable(),
    })
    .nullable(),
  gone: z.array(z.string()),
});
