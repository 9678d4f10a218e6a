import type { Clock, Random } from './clock.ts';
import type { Instruments } from './conformance/instruments.ts';
import type { Token } from './token.ts';
import type { Mounts } from './volume/mounts.ts';

/** What every adapter is given besides its own options. */
export interface AdapterContext {
  /** The cluster's name. */
  readonly cluster: string;
  readonly clock: Clock;
  readonly random: Random;
  /** The node on which this half runs; null in the manager. */
  readonly node: string | null;
  /** The boot of that node, as in its `NodeFacts`; null in the manager. */
  readonly boot: string | null;
  /** A private folder of this process's half for what may be lost, made on first use. */
  readonly stateFolder: string;
}

/** A long-running server that an adapter needs on a deployment without one, such as a laptop. */
export interface AdapterHost extends AsyncDisposable {
  /** Serves until the signal fires; resolves when all is closed. */
  run(signal: AbortSignal): Promise<void>;
}

/**
 * The halves of an adapter over a transport that can be looked into, and perhaps broken: for whoever
 * tries it by the suites of the contracts.
 */
export interface Instrumented<Control, Node> {
  /** As the definition's own; null where that is. */
  readonly control: ((context: AdapterContext) => Control) | null;
  readonly node: ((context: AdapterContext) => Node) | null;
  /** Beneath all halves that are made here; they do nothing to any other. */
  readonly instruments: Instruments;
}

/** What an adapter package exports: data and makers that do no I/O. */
export interface AdapterDefinition<Control, Node, Options, Capabilities> {
  /** For example `ebs`. */
  readonly name: string;
  /** The seam of the control half, and that of the node half; null where it has none. */
  readonly provides: { readonly control: Token<Control> | null; readonly node: Token<Node> | null };
  readonly capabilities: Capabilities;
  /**
   * Unknown in, options out.
   *
   * @throws `INVALID_ARGUMENT` - whose `subject.key` names the key, `''` for the whole.
   */
  readonly parse: (options: unknown) => Options;
  /** The manager's half: cheap, no I/O. The first call reaches the backend. */
  readonly control: ((options: Options, context: AdapterContext) => Control) | null;
  /** The agent's half: cheap, no I/O, and without the rights of the other. */
  readonly node: ((options: Options, context: AdapterContext) => Node) | null;
  /**
   * How the agent mounts what this store's node half acquires; null where its own hands for block
   * devices will do, and for all other seams.
   */
  readonly mounts: ((options: Options, context: AdapterContext) => Mounts) | null;
  /** The server behind it, where `firecamp up` has to run one; null where others run it. */
  readonly host: ((options: Options, context: AdapterContext) => AdapterHost) | null;
  /**
   * Both halves over one more transport, with the instruments that act on it; no I/O. Null where the
   * package has none to offer: a report then cannot say what a call costs.
   */
  readonly instrumented: ((options: Options) => Instrumented<Control, Node>) | null;
}

/** The parts of a definition that may be left out. */
export type AdapterParts<Control, Node, Options, Capabilities> = Pick<
  AdapterDefinition<Control, Node, Options, Capabilities>,
  'name' | 'provides' | 'capabilities' | 'parse'
> &
  Partial<AdapterDefinition<Control, Node, Options, Capabilities>>;

/** Completes a definition, so that a new optional part does not break those written before it. */
export function defineAdapter<Control, Node, Options, Capabilities>(
  parts: AdapterParts<Control, Node, Options, Capabilities>,
): AdapterDefinition<Control, Node, Options, Capabilities> {
  return { control: null, node: null, mounts: null, host: null, instrumented: null, ...parts };
}
