/** One network interface of a node. */
export interface NodeInterface {
  readonly name: string;
  readonly mac: string;
  /** The provider's id of the interface, where it has one. */
  readonly id?: string;
}

/** How much a node can hold; null where there is no bound. */
export interface NodeLimits {
  readonly volumesMax: number | null;
  readonly addressesMax: number | null;
}

/**
 * What a node's agent registers about its node at each start. Adapters take and give these facts,
 * never bare strings, since each backend knows a node by another name.
 */
export interface NodeFacts {
  /** The node's name in the cluster: `[a-z]([a-z0-9-]{0,61}[a-z0-9])?`. */
  readonly id: string;
  /** Changes with each boot of the machine, or of what stands for one. */
  readonly boot: string;
  /** Changes with each start of the agent. */
  readonly incarnation: string;
  readonly region: string;
  readonly zone: string;
  /** The provider's id of the machine, from its metadata, never from a host name. */
  readonly machine: string | null;
  /** The orchestrator's id of this node. */
  readonly orchestratorNode: string;
  /** The node's own addresses; the first is the one that names by node address point to. */
  readonly addresses: readonly string[];
  readonly interfaces: readonly NodeInterface[];
  /** The ids under which the storage backend knows this node's clients. */
  readonly storageClients: readonly string[];
  readonly limits: NodeLimits;
}

/** Who holds a volume or an address, in the words of the backend. */
export interface Holder {
  /** The node's id; null when the holder is not ours or not known, and then never fenced. */
  readonly node: string | null;
  /** What the backend fences by: an instance, a client's nonce, a process group. */
  readonly token: string;
  readonly writable: boolean;
  /** The run of that node, where the backend knows it: a fence then ends no later one. */
  readonly boot?: string;
}
