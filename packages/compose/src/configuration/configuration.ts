import type { HistoryLimits, Json, Timing } from '@firecamp/core';
import type { Document, Path } from './document.ts';

/** An adapter, a fencer or a recipe that the file names, not loaded yet. */
export interface Choice {
  /** For example `@firecamp/storage-local`. */
  readonly package: string;
  /** What the package exports, for example `sharedDirectories`. */
  readonly exported: string;
  /** As the person wrote it, for messages. */
  readonly use: string;
  /** For the adapter's own `parse`; null where there is none. */
  readonly options: Json;
  /** Where it stands. */
  readonly path: Path;
}

/** A node that `firecamp up` runs on this machine. */
export interface ConfiguredNode {
  readonly name: string;
  readonly zone: string;
}

/** The parts that a file may choose, one adapter each. */
export type SeamKey = 'database' | 'volumes' | 'names' | 'addresses' | 'orchestrator' | 'secrets';

/** All that a `firecamp.yaml` says, with its defaults filled in. */
export interface Configuration {
  readonly document: Document;
  /** The folder of the file, absolute: what the file says of paths begins there. */
  readonly folder: string;
  /** Where FireCamp keeps what it makes: `.firecamp` in that folder. */
  readonly stateFolder: string;
  readonly cluster: string;
  /** Null where the cluster has no names. */
  readonly domain: string | null;
  readonly region: string;
  readonly timing: Timing;
  /** Empty where the orchestrator's nodes are machines of their own. */
  readonly nodes: readonly ConfiguredNode[];
  /** Null for `names: none` and `addresses: none`. */
  readonly seams: Readonly<Record<SeamKey, Choice | null>>;
  /** In the order in which they are tried. */
  readonly fencers: readonly Choice[];
  readonly recipes: readonly Choice[];
  /** How much is kept of operations that have ended. */
  readonly history: HistoryLimits;
}
