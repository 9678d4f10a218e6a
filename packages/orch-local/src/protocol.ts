import {
  FireCampError,
  type JobSpec,
  type MemberRef,
  type Program,
  type UnitSpec,
} from '@firecamp/core';
import { z } from 'zod';
import type { PeerFault, PeerRoute } from './gate/peer-gates.ts';

// What goes over the sockets of engine and node, and what the engine keeps in its files: the one
// place that says which of it is well formed.

const label = z.string().regex(/^[a-z0-9]([a-z0-9.-]{0,118}[a-z0-9])?$/, 'is not a plain name');
const count = z.number().int().min(0);
const text = z
  .string()
  .max(32_768)
  .refine((value) => !value.includes('\0'), 'holds a zero byte');
const environment = z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), text);

export const memberSchema: z.ZodType<MemberRef> = z.object({
  service: z.string().regex(/^[a-z0-9-]{1,36}$/, 'is not a uid'),
  ordinal: z.number().int().min(0).max(9_999),
});

export const programSchema: z.ZodType<Program> = z.object({
  image: z.null('must be null: plain programs run here'),
  command: z
    .array(text)
    .min(1)
    .max(1_000)
    .refine(([program]) => program !== '', 'names no program'),
  environment,
  stopSignal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT']),
  graceMs: count.max(86_400_000),
});

export const unitSchema: z.ZodType<UnitSpec> = z.object({
  member: memberSchema,
  cluster: label,
  name: label,
  digest: z.string().min(1).max(200),
  program: programSchema,
  volumes: z.array(z.object({ role: label, name: z.string().min(1).max(200) })).max(64),
  ports: z
    .array(
      z.object({
        name: label,
        port: z.number().int().min(1).max(65_535),
        protocol: z.enum(['tcp', 'udp']),
      }),
    )
    .max(64),
  zone: z.string().nullable(),
  node: z.string().nullable(),
  memoryBytesMax: count.nullable(),
  cpuMillisMax: count.nullable(),
  running: z.boolean(),
});

export const jobSchema: z.ZodType<JobSpec> = z.object({
  id: label,
  cluster: label,
  program: programSchema,
  zone: z.string().nullable(),
  node: z.string().nullable(),
  timeoutMs: count.max(86_400_000),
});

/** What a node is told to run. */
export interface TaskOrder {
  readonly id: string;
  /** Null for a job. */
  readonly member: MemberRef | null;
  readonly program: Program;
  /** Where beneath the log folder its lines go: of one member always to one place. */
  readonly logs: string;
  /** A job's; null where it may run for ever. */
  readonly timeoutMs: number | null;
}

export const taskOrderSchema: z.ZodType<TaskOrder> = z.object({
  id: label,
  member: memberSchema.nullable(),
  program: programSchema,
  logs: z.string().regex(/^(members|jobs)(\/[a-z0-9][a-z0-9.-]*)+$/),
  timeoutMs: count.nullable(),
});

/** See {@link TaskOrder.logs}. */
export function memberLogs({ service, ordinal }: MemberRef): string {
  return `members/${service}/${ordinal}`;
}

/** See {@link TaskOrder.logs}. */
export function jobLogs(id: string): string {
  return `jobs/${id}`;
}

/**
 * A task as its node tells of it. `preparing`: the agent is asked for what the program needs.
 * `waiting`: the program ended and will be started again. `ended`: for good, no process is left.
 */
export interface TaskReport {
  readonly id: string;
  readonly member: MemberRef | null;
  readonly state: 'preparing' | 'running' | 'waiting' | 'stopping' | 'ended';
  /** Of its last run; null when a signal or the runtime ended it, or it did not end yet. */
  readonly exitCode: number | null;
  /** What its member listens on; null before its agent has said so, and for a job. */
  readonly address: string | null;
  /** Whether all is done for it that follows its end, the agent's part included. */
  readonly settled: boolean;
  /** For people; empty when there is nothing to say. */
  readonly message: string;
  /** How long its program may take to end; null while it is to run. An older runtime says nothing. */
  readonly stopGraceMs?: number | null | undefined;
}

/** All that a node tells the engine, on each change and as a sign of life. */
export interface NodeReport {
  readonly node: string;
  readonly boot: string;
  readonly tasks: readonly TaskReport[];
  /** Of its ways to other members; a runtime that was started by an older engine says nothing. */
  readonly faults?: readonly PeerFault[] | undefined;
}

const endpoint = z.object({ host: z.ipv4(), port: z.number().int().min(1).max(65_535) });

/** At most so many ways to peers one node has. */
const PEER_ROUTES_MAX = 10_000;

export const peerRoutesSchema: z.ZodType<readonly PeerRoute[]> = z
  .array(z.object({ listen: endpoint, target: endpoint, cut: z.boolean() }))
  .max(PEER_ROUTES_MAX);

export const nodeReportSchema: z.ZodType<NodeReport> = z.object({
  node: z.string(),
  boot: z.string(),
  tasks: z.array(
    z.object({
      id: z.string(),
      member: memberSchema.nullable(),
      state: z.enum(['preparing', 'running', 'waiting', 'stopping', 'ended']),
      exitCode: z.number().nullable(),
      address: z.string().nullable(),
      settled: z.boolean(),
      message: z.string(),
      stopGraceMs: z.number().nullable().optional(),
    }),
  ),
  faults: z
    .array(z.object({ listen: endpoint, target: endpoint, around: z.boolean(), text: z.string() }))
    .optional(),
});

/** How a node's runtime is started; the engine writes it to a file that only its user can read. */
export interface NodeConfig {
  readonly node: string;
  readonly boot: string;
  readonly containment: 'namespace' | 'tree';
  readonly runAs: { readonly uid: number; readonly gid: number } | null;
  readonly runtimeSocket: string;
  readonly agentSocket: string;
  readonly logFolder: string;
  readonly logFileBytesMax: number;
  readonly logFilesMax: number;
  /** Null where nothing but jobs runs. */
  readonly agent: {
    readonly command: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  } | null;
}

export const nodeConfigSchema: z.ZodType<NodeConfig> = z.object({
  node: z.string(),
  boot: z.string(),
  containment: z.enum(['namespace', 'tree']),
  runAs: z.object({ uid: count, gid: count }).nullable(),
  runtimeSocket: z.string(),
  agentSocket: z.string(),
  logFolder: z.string(),
  logFileBytesMax: count,
  logFilesMax: count,
  agent: z.object({ command: z.array(text).min(1), environment }).nullable(),
});

/**
 * The value, well formed.
 *
 * @throws `INVALID_ARGUMENT` - naming the first key that is not, in the message and as
 *   `subject.key`.
 */
export function check<T>(schema: z.ZodType<T>, value: unknown, operation: string): T {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const key = issue?.path.join('.') ?? '';
  throw new FireCampError('INVALID_ARGUMENT', `${key === '' ? 'it' : key}: ${issue?.message}`, {
    operation,
    subject: { key },
  });
}
