import type { MemberRef } from '../model/member-ref.ts';
import type { CallOptions, EffectOptions, LateFates } from '../permit.ts';
import { type Token, token } from '../token.ts';

/** What an orchestrator declares. */
export interface OrchestratorCapabilities {
  /**
   * Whether the orchestrator itself brings a unit's volumes to the node, so that an agent observes and
   * verifies where it would else mount. A caller of this seam cannot tell: units and tasks are the same.
   */
  readonly bindsVolumes: boolean;
  readonly placement: 'zone' | 'node' | 'none';
  /** How old the answer of {@link Orchestrator.tasks} may be, in ms. */
  readonly tasksStaleMs: number;
  /**
   * How secrets get to a program: by the orchestrator's own store, or as files that the agent puts where
   * `${secrets}` leads. A caller of this seam cannot tell: no call of it takes a secret.
   */
  readonly secrets: 'native' | 'file';
  readonly logs: boolean;
  readonly jobs: boolean;
  /**
   * `checked`: of two units with one port, by number and protocol, no node runs both, and the second
   * waits for another node. `unchecked`: both run wherever there is room, so whoever gives out the ports
   * keeps them apart.
   */
  readonly ports: 'checked' | 'unchecked';
  /** Whether its runtimes end by themselves a task that the agent does not keep alive. */
  readonly watchdog: boolean;
  readonly late: LateFates;
}

/** A node as the orchestrator sees it: a hint, never a proof. */
export interface OrchestratorNode {
  readonly id: string;
  readonly zone: string;
  readonly state: 'ready' | 'unreachable' | 'drained' | 'gone';
  /** What else the orchestrator knows of it, for people; left out where there is nothing. */
  readonly message?: string;
}

/** What a container runs. */
export interface Program {
  /** An image by name and tag or digest; null where plain programs run. */
  readonly image: string | null;
  /**
   * The program and its arguments, never a shell line. In each argument and in each value of
   * `environment` the node's runtime replaces `${volume.<role>}`, `${files}`, `${secrets}`,
   * `${address}` and `${name}` by what it mounted; any other `${` is refused.
   */
  readonly command: readonly string[];
  /** Never holds a secret. */
  readonly environment: Readonly<Record<string, string>>;
  /** Sent first when it is to end, for example `SIGINT`. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT';
  /** How long it may take to end before it is killed, in ms. */
  readonly graceMs: number;
}

/** A port that the program listens on. */
export interface UnitPort {
  readonly name: string;
  /** 1 to 65535. */
  readonly port: number;
  readonly protocol: 'tcp' | 'udp';
}

/** What the orchestrator is to run for one member: one member is one unit, everywhere. */
export interface UnitSpec {
  readonly member: MemberRef;
  readonly cluster: string;
  /** `<service>-<ordinal>`. */
  readonly name: string;
  /** Of everything here but `running`: equal digests mean an equal unit. */
  readonly digest: string;
  readonly program: Program;
  readonly volumes: readonly { readonly role: string; readonly name: string }[];
  readonly ports: readonly UnitPort[];
  /** Null where any node will do; `spread` then keeps members of one service apart if it can. */
  readonly zone: string | null;
  readonly node: string | null;
  readonly memoryBytesMax: number | null;
  readonly cpuMillisMax: number | null;
  /** May be made stopped. */
  readonly running: boolean;
}

/** A unit as the orchestrator has it. */
export interface Unit extends UnitSpec {
  readonly revision: string;
}

/** One run of a unit. `unknown` is what is left when its node cannot be reached. */
export interface Task {
  readonly id: string;
  readonly member: MemberRef;
  readonly node: string | null;
  readonly state: 'pending' | 'starting' | 'running' | 'stopping' | 'stopped' | 'unknown';
  /** Where it stopped: the exit code, null when a signal or the runtime ended it. */
  readonly exitCode: number | null;
  /** Why it is not running, for people; empty when there is nothing to say. */
  readonly message: string;
}

/** A one-off container. */
export interface JobSpec {
  readonly id: string;
  readonly cluster: string;
  readonly program: Program;
  readonly zone: string | null;
  readonly node: string | null;
  readonly timeoutMs: number;
}

/** A job as the orchestrator has it. */
export interface Job {
  readonly id: string;
  readonly state: 'pending' | 'running' | 'done' | 'failed';
  readonly exitCode: number | null;
}

/** Which lines of a log. */
export interface LogRange extends CallOptions {
  /** The last so many lines, 0 to 10000; left out, all that are kept. */
  readonly tail?: number;
  /** Goes on with new lines until the signal fires, which ends the iteration. */
  readonly follow?: boolean;
}

/** One line that a member printed. */
export interface LogLine {
  /** Time of day, for people. */
  readonly atMs: number;
  readonly stream: 'out' | 'err';
  readonly task: string;
  readonly text: string;
}

/**
 * What runs the containers: the manager's half.
 *
 * Every method may also reject with `UNAVAILABLE`, `UNKNOWN_OUTCOME`, `PERMISSION_DENIED`,
 * `EXHAUSTED` and `ABORTED`. All that it makes carries cluster and service uid as labels; a thing
 * of that name without them is another's: `ALREADY_EXISTS`, untouched.
 */
export interface Orchestrator {
  readonly capabilities: OrchestratorCapabilities;

  nodes(call?: CallOptions): AsyncIterable<OrchestratorNode>;

  /**
   * Makes the unit, or changes it to the spec. An equal digest writes nothing and comes back as it
   * stands, running or stopped, whatever was expected: so a caller who lost the answer asks again.
   *
   * @param expects - the revision that must stand there, null for absence.
   * @throws `CONFLICT` - another revision stands there; nothing has changed.
   * @throws `INVALID_ARGUMENT` - a member, port, program or placeholder out of range.
   */
  applyUnit(spec: UnitSpec, expects: string | null, options: EffectOptions): Promise<Unit>;

  /** Repeat: fine. @throws `NOT_FOUND` - no such unit. */
  startUnit(member: MemberRef, options: EffectOptions): Promise<void>;

  /**
   * Resolves when the stop is accepted; `tasks` tells when it is done. A stopped unit stays so.
   *
   * @throws `NOT_FOUND` - no such unit.
   */
  stopUnit(
    member: MemberRef,
    how: { readonly graceMs: number },
    options: EffectOptions,
  ): Promise<void>;

  /** Ends its task too; absent is fine. */
  removeUnit(member: MemberRef, options: EffectOptions): Promise<void>;

  /** Places nothing more there and moves its units away; repeat: fine. */
  drain(node: string, options: EffectOptions): Promise<void>;
  undrain(node: string, options: EffectOptions): Promise<void>;

  /** By label equality, never by name prefix. */
  units(service: string, call?: CallOptions): AsyncIterable<Unit>;
  tasks(service: string, call?: CallOptions): AsyncIterable<Task>;

  /** Repeat with the same id: the same job. @throws `UNSUPPORTED` - the capability is false. */
  runJob(spec: JobSpec, options: EffectOptions): Promise<Job>;
  /** @throws `UNSUPPORTED` - the capability is false. */
  job(id: string, call?: CallOptions): Promise<Job | null>;
  /** Ends it too; absent is fine. @throws `UNSUPPORTED` - the capability is false. */
  removeJob(id: string, options: EffectOptions): Promise<void>;

  /** By member, through all its tasks and nodes. @throws `UNSUPPORTED` - the capability is false. */
  logs(member: MemberRef, range?: LogRange): AsyncIterable<LogLine>;
}

export const Orchestrator: Token<Orchestrator> = token('Orchestrator');

/** A task as its own node's runtime sees it: the truth about whether it runs. */
export interface LocalTask {
  readonly id: string;
  readonly member: MemberRef;
  /** `created`: it may start at any time. `ended`: it has ended or can never start. */
  readonly state: 'created' | 'running' | 'ended';
}

/** A task that ended on this node. */
export interface TaskExit {
  readonly task: string;
  readonly member: MemberRef;
  readonly exitCode: number | null;
}

/** The orchestrator's runtime on this node: the agent's half. */
export interface NodeRuntime {
  /** This node's tasks; of one member if given. Lists, never inspects. */
  tasks(member?: MemberRef, call?: CallOptions): Promise<readonly LocalTask[]>;

  /**
   * @returns true only when the runtime says that this task has ended or can never start, and no
   *   process of it is left. A task that the runtime does not know can never start.
   */
  stopped(task: string, call?: CallOptions): Promise<boolean>;

  /** Ends all processes of the task at once; ended already is fine. Needs no permit. */
  kill(task: string, call?: CallOptions): Promise<void>;

  /**
   * Puts the task under the runtime's own watchdog, or tells it that the task may run longer: from
   * then on the runtime ends it, as {@link kill} does, as soon as the clock of this machine that
   * counts sleep (`Clock.leaseNowMs`) reads more than the latest `untilMs` that it was told,
   * whether or not the agent lives. An earlier `untilMs` changes nothing. Needs no permit.
   *
   * @throws `UNSUPPORTED` - the runtime has no watchdog: `OrchestratorCapabilities.watchdog`.
   * @throws `NOT_FOUND` - it does not know the task, as may be of one that has ended.
   */
  keepAlive(task: string, untilMs: number, call?: CallOptions): Promise<void>;

  /**
   * Each task that ends, until the signal fires, which ends the iteration; may repeat and, across a
   * restart, miss.
   */
  exits(call?: CallOptions): AsyncIterable<TaskExit>;
}

export const NodeRuntime: Token<NodeRuntime> = token('NodeRuntime');
