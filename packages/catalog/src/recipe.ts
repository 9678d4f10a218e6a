import type { JsonObject, Secret, ServiceRecord, WantedService } from '@firecamp/core';

/** What is known of another member of the service, as this node sees it now. */
export interface Peer {
  readonly ordinal: number;
  /** `<service>-<ordinal>`. */
  readonly name: string;
  readonly dnsName: string | null;
  /** Where it can be reached from here; null while that is not known. */
  readonly address: string | null;
}

/** All that a recipe's functions may depend on, for one member on one node. */
export interface MemberFacts<Spec = JsonObject> {
  readonly cluster: string;
  readonly service: string;
  readonly ordinal: number;
  readonly name: string;
  readonly dnsName: string | null;
  /** The address that the member listens on and is reached by. */
  readonly address: string;
  /** The ordinal whose member leads. */
  readonly leader: number;
  readonly members: number;
  /** All other members, by ordinal. */
  readonly peers: readonly Peer[];
  readonly spec: Spec;
  /** Absolute paths on this node, or in the container. */
  readonly paths: MemberPaths;
  /** Version of each secret by its name in the recipe. */
  readonly secretVersions: Readonly<Record<string, string>>;
}

/** Where a member's things are. */
export interface MemberPaths {
  /** By role. */
  readonly volumes: Readonly<Record<string, string>>;
  /** Files without secrets. */
  readonly files: string;
  /** Files that hold a secret: 0400, never on a volume. */
  readonly secrets: string;
}

/** A file that the agent writes before the program starts, and again when its content changes. */
export interface MemberFile {
  /** Where it goes: `files`, `secrets`, or `volume:<role>`. */
  readonly place: 'files' | 'secrets' | `volume:${string}`;
  /** Relative, of `[A-Za-z0-9._-]+` segments. */
  readonly path: string;
  readonly content: string;
  /** What a change of its content needs. */
  readonly onChange: 'nothing' | 'reload' | 'restart';
}

/** Who the member's program runs as on this node. */
export interface MemberUser {
  readonly uid: number;
  readonly gid: number;
}

/** How a program of the member is run. */
export interface RunOptions {
  /** Ends it, and all that it started, by SIGKILL; 10 minutes if left out. */
  readonly timeoutMs?: number;
  /** What it reads from its standard input, and then the end: the way in for what is secret. */
  readonly input?: string;
}

/** What a hook may use: the member's facts, its secrets, and the member's own programs. */
export interface HookContext<Spec = JsonObject> {
  readonly facts: MemberFacts<Spec>;
  /** Fires when the member is lost: the hook then ends soon and leaves nothing running. */
  readonly signal: AbortSignal;
  /**
   * To whom everything must belong that a hook itself writes on a volume; null where the agent
   * and the program are one user.
   */
  readonly user: MemberUser | null;
  /** The value of one of the recipe's secrets; to be handed on, never stored. */
  secret(name: string): Promise<Secret>;
  /**
   * Runs a program of the member to its end, as the member's user, without a shell, in the folder
   * of its first volume and with a fixed environment.
   *
   * @returns the end of what it wrote to its standard output, at most 1 MiB.
   * @throws `INTERNAL` - it ended with another code than 0, or after `timeoutMs`; the message has
   *   the last lines of what it wrote to its standard error.
   * @throws `ABORTED` - the signal fired; nothing of it is left.
   */
  run(command: readonly string[], options?: RunOptions): Promise<string>;
  /** One line for people. */
  log(text: string): void;
}

/** What a member says of itself. */
export interface Health {
  readonly ready: boolean;
  /** For people: why it is not ready. */
  readonly message: string;
}

/**
 * What a recipe does through the service's own protocol. Each runs in the agent on the member's
 * node, may be cut off at any await, and is called again from the start: a repeat must do no harm.
 * A hook that is left out is not needed by the service.
 */
export interface RecipeHooks<Spec = JsonObject> {
  /**
   * Makes the first data of the service, on the leader's empty volumes, before its program starts.
   * Called only while no member of the service was ever seeded. Resolves when the data is on disk
   * and nothing that it started runs; what a run that was cut off left is gone before the next.
   */
  initialize?(context: HookContext<Spec>): Promise<void>;

  /**
   * Fills this member's empty volumes from another, running member, before its program starts.
   * Resolves when the data is on disk; what a run that was cut off left is gone before the next.
   *
   * @throws `UNAVAILABLE` - the other one does not serve yet: it is asked again later.
   */
  seed?(context: HookContext<Spec>, from: Peer): Promise<void>;

  /**
   * Before each start of the program, on data that is there, when no process uses the volumes:
   * removes what a crash left behind.
   */
  beforeStart?(context: HookContext<Spec>): Promise<void>;

  /** Whether the member serves. Called every few seconds; at most 5 s long. */
  ready(context: HookContext<Spec>): Promise<Health>;

  /** The member's role in its cluster now, for example `primary`. */
  role(context: HookContext<Spec>): Promise<string>;

  /** After files with `onChange: 'reload'` changed, while the program runs. */
  reload?(context: HookContext<Spec>): Promise<void>;

  /** When the member is ready for the first time: makes the cluster take it in. */
  join?(context: HookContext<Spec>): Promise<void>;

  /** Before the member is removed for good: makes the cluster let go of it. */
  leave?(context: HookContext<Spec>): Promise<void>;

  /** Hands leadership over, without loss, while both serve. Runs beside the present leader. */
  switchover?(context: HookContext<Spec>, to: Peer): Promise<void>;

  /** Takes leadership on this member; only after the old leader is fenced. */
  failover?(context: HookContext<Spec>): Promise<void>;

  /** Before the program is told to end in order. At most as long as the unit's grace. */
  beforeStop?(context: HookContext<Spec>): Promise<void>;

  /** Writes a backup into a folder; gives what is to be kept with it. */
  backup?(context: HookContext<Spec>, folder: string): Promise<JsonObject>;
}

/** A kind of service: data and pure functions, and hooks that speak the service's own protocol. */
export interface Recipe<Spec extends JsonObject = JsonObject> {
  /** `[a-z]([a-z0-9-]*[a-z0-9])?`. */
  readonly name: string;
  /** One line, for `firecamp create --help`. */
  readonly summary: string;
  /** How it was proven, for the catalog's table. */
  readonly proven: string;
  readonly membersMin: number;
  readonly membersMax: number;

  /**
   * @param addressing - left out, `static`. Found by name alone, members share the addresses of
   *   their nodes: two that listen on one port cannot be on one node.
   * @throws `INVALID_ARGUMENT` - whose `subject.key` names the key; unknown keys are refused.
   */
  parse(input: unknown, members: number, addressing?: Addressing): Spec;

  /** Pure and total. */
  wanted(spec: Spec, members: number): WantedService;

  /** Pure and total; a file with a secret takes its value from `secrets` and has that place. */
  files(facts: MemberFacts<Spec>, secrets: Readonly<Record<string, Secret>>): readonly MemberFile[];

  readonly hooks: RecipeHooks<Spec>;

  /** Pure: how a client reaches one member; null or left out where there is no one way. */
  connect?(spec: Spec, ordinal: number): Connection | null;
}

/** How members are found: each by an address that it keeps, or all by their names alone. */
export type Addressing = ServiceRecord['addressing'];

/** What a client needs besides the member's address. */
export interface Connection {
  /** Of a URL, for example `postgresql`. */
  readonly scheme: string;
  readonly port: number;
  readonly user: string;
  /** What comes after the port in a URL, for example the name of a database; may be empty. */
  readonly path: string;
  /** The recipe's name of the secret that is the user's password; null where there is none. */
  readonly secret: string | null;
}
