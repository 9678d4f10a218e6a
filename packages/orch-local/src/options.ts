import { isAbsolute, join } from 'node:path';
import { FireCampError } from '@firecamp/core';
import { z } from 'zod';
import type { Containment, RunAs } from './process/containment.ts';
import { check } from './protocol.ts';

/** A program that is kept running. */
export interface KeptProgram {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Where a way out of the nodes leads: a unix socket, or a server on UDP and TCP. */
export type GateTarget =
  | { readonly socket: string }
  | { readonly host: string; readonly port: number };

/** How the machine plays a cluster. */
export interface LocalOptions {
  /** An absolute folder for what must last. */
  readonly state: string;
  /** An absolute folder for sockets; short, since the kernel has 107 bytes for a socket's path. */
  readonly sockets: string;
  readonly nodes: readonly { readonly id: string; readonly zone: string }[];
  /**
   * Each node's agent. In command and environment `${node}`, `${zone}`, `${boot}`,
   * `${agent.socket}`, `${runtime.socket}` and `${gate.<name>}` are replaced.
   */
  readonly agent: KeptProgram | null;
  /** Programs that run beside the nodes, such as the manager, by name. */
  readonly programs: Readonly<Record<string, KeptProgram>>;
  /** The only ways out of a node, by name; each can be cut. */
  readonly gates: Readonly<Record<string, GateTarget>>;
  /** The n-th node's own network is 127.(this + n).0.0/16; its gates listen there. */
  readonly gateNetwork: number;
  /** Whom members run as; null: as whoever runs the engine. Needs root. */
  readonly runAs: RunAs | null;
  /** `auto`: a PID namespace where the machine permits. */
  readonly containment: Containment | 'auto';
  /** A node that has not told anything for so long counts as unreachable. */
  readonly unreachableAfterMs: number;
  /** A log file of a member on one node is at most so long. */
  readonly logFileBytesMax: number;
  /** How many of them are kept, the newest included. */
  readonly logFilesMax: number;
}

const folder = z.string().refine(isAbsolute, 'must be an absolute path');
const label = z
  .string()
  .regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/, 'must be lower-case letters, digits and dashes');
const program = z.strictObject({
  command: z.array(z.string().min(1)).min(1),
  environment: z.record(z.string(), z.string()).default({}),
});
const id = z
  .number()
  .int()
  .min(0)
  .max(2 ** 32 - 2);
const port = z.number().int().min(1).max(65_535);

/** How many nodes one machine may play. */
const NODES_MAX = 100;

const options = z.strictObject({
  state: folder,
  sockets: folder.optional(),
  nodes: z
    .array(z.strictObject({ id: label, zone: label }))
    .min(1)
    .max(NODES_MAX)
    .refine((nodes) => new Set(nodes.map((node) => node.id)).size === nodes.length, {
      message: 'names a node twice',
    }),
  agent: program.nullable().default(null),
  programs: z.record(label, program).default({}),
  gates: z
    .record(
      label,
      z.union([z.strictObject({ socket: folder }), z.strictObject({ host: z.ipv4(), port })]),
    )
    .default({}),
  gateNetwork: z
    .number()
    .int()
    .min(1)
    .max(255 - NODES_MAX)
    .default(100),
  runAs: z.strictObject({ uid: id, gid: id }).nullable().default(null),
  containment: z.enum(['auto', 'namespace', 'tree']).default('auto'),
  unreachableAfterMs: z.number().int().min(1_000).max(600_000).default(3_000),
  logFileBytesMax: z
    .number()
    .int()
    .min(4_096)
    .max(1 << 30)
    .default(1 << 20),
  logFilesMax: z.number().int().min(2).max(100).default(4),
});

/** @throws `INVALID_ARGUMENT` - whose `subject.key` names the key. */
export function parseOptions(value: unknown): LocalOptions {
  const read = check(options, value, 'orch-local.options');
  if (read.runAs !== null && process.getuid?.() !== 0) {
    throw new FireCampError('INVALID_ARGUMENT', 'runAs: only root can run members as another', {
      operation: 'orch-local.options',
      subject: { key: 'runAs' },
    });
  }
  return { ...read, sockets: read.sockets ?? join(read.state, 'run') };
}

/** Where the engine answers. */
export function engineSocket({ sockets }: Pick<LocalOptions, 'sockets'>): string {
  return join(sockets, 'engine.sock');
}

/** Where a node's runtime and its agent answer. */
export function nodeSockets(
  { sockets }: Pick<LocalOptions, 'sockets'>,
  node: string,
): { readonly folder: string; readonly runtime: string; readonly agent: string } {
  const folder = join(sockets, node);
  return { folder, runtime: join(folder, 'runtime.sock'), agent: join(folder, 'agent.sock') };
}
