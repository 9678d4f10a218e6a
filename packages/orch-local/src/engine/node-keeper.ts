import { FireCampError, type Random } from '@firecamp/core';
import type { PeerFault, PeerRoute } from '../gate/peer-gates.ts';
import { Bell } from '../node/bell.ts';
import { RAN_WELL_MS, restartDelayMs } from '../node/restart-delay.ts';
import { type LocalOptions, nodeSockets } from '../options.ts';
import type { Containment } from '../process/containment.ts';
import { killTree, pauseTree, resumeTree } from '../process/signal-tree.ts';
import { isAlive, readStat } from '../process/stat.ts';
import type { ProcessTree } from '../process/tree.ts';
import type { Command } from './commands.ts';
import type { NodeView } from './decide.ts';
import { bootTree, startBoot } from './node-boot.ts';
import { ENGINE_CUT, type NodeGates } from './node-gates.ts';
import { NodeLink } from './node-link.ts';
import type { RecordStore } from './record-store.ts';
import { type BootRecord, GONE_MAX, type NodeRecord } from './records.ts';

/** How soon the end of a node is seen that is not our own child. */
const WATCH_MS = 100;
/** How often its processes are looked at, so that those that leave the tree are remembered. */
const REMEMBER_MS = 1_000;
const AGAIN_MS = 500;

/** What a node is made from. */
export interface NodeParts {
  readonly id: string;
  readonly zone: string;
  readonly options: LocalOptions;
  readonly containment: Containment;
  readonly gates: NodeGates;
  readonly store: RecordStore<NodeRecord>;
  readonly random: Random;
  /** After each change of what {@link NodeKeeper.view} says. */
  readonly changed: () => void;
  /** What went wrong, for people. */
  readonly log: (text: string) => void;
}

/** A node as people and the fencer see it. */
export interface LocalNode {
  readonly id: string;
  readonly zone: string;
  readonly state: NodeView['state'];
  readonly drained: boolean;
  readonly paused: boolean;
  /** What it is cut off from. */
  readonly cut: readonly string[];
  /** Null where none of its boots runs. */
  readonly boot: string | null;
  /** What is wrong with its ways to other members. */
  readonly faults: readonly PeerFault[];
}

/**
 * Keeps one node as it is wanted: starts its boots, finds them again after a restart of the engine,
 * notices their end, and ends them. A boot counts as gone once none of its processes is left.
 */
export class NodeKeeper {
  readonly #parts: NodeParts;
  readonly #link: NodeLink;
  readonly #bell = new Bell();
  /** Starting and ending a boot never overlap. */
  #turn: Promise<unknown> = Promise.resolve();
  /** What was told of its ways to other members, each fault once for as long as it lasts. */
  #told: ReadonlySet<string> = new Set();
  #tree: { readonly boot: string; readonly tree: ProcessTree } | null = null;
  #resting = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#link = new NodeLink(nodeSockets(parts.options, parts.id).runtime, () => {
      this.#tellFaults();
      parts.changed();
    });
  }

  get #record(): NodeRecord {
    const { store, id } = this.#parts;
    return store.get(id) ?? newRecord(id);
  }

  view(): NodeView {
    const { id, zone, options } = this.#parts;
    const { current, drained, cut } = this.#record;
    const tasks = this.#link.tasks;
    const state = (): NodeView['state'] => {
      if (current === null) return 'gone';
      if (this.#link.silentMs > options.unreachableAfterMs) return 'unreachable';
      return tasks === null ? 'starting' : 'ready';
    };
    const boot = current?.boot ?? null;
    const { faults } = this.#link;
    return { id, zone, state: state(), drained, cut, boot, tasks: tasks ?? new Map(), faults };
  }

  status(): LocalNode {
    const { tasks: _tasks, ...view } = this.view();
    const root = this.#record.current?.root ?? null;
    const stat = root === null ? null : readStat(root.pid);
    return { ...view, paused: stat?.state === 'T' };
  }

  /** Until the signal fires; what runs then goes on. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#applyCut();
    for (let failures = 0; !signal.aborted; ) {
      const startMs = performance.now();
      try {
        const { current, wanted } = this.#record;
        if (current !== null) {
          await this.#attend(current, signal);
          failures = performance.now() - startMs >= RAN_WELL_MS ? 1 : failures + 1;
        } else if (wanted === 'up' && !this.#resting) {
          await new Bell().wait(failures === 0 ? 0 : restartDelayMs(failures), signal);
          await this.#boot(signal);
        } else {
          failures = 0;
          await this.#bell.wait(REMEMBER_MS, signal);
        }
      } catch (error) {
        this.#parts.log(`node ${this.#parts.id}: ${String(error)}`);
        await new Bell().wait(AGAIN_MS, signal);
      }
    }
  }

  /** As {@link NodeLink.send}. */
  async send(command: Command): Promise<void> {
    await this.#link.send(command);
  }

  /** As {@link NodeLink.setPeers}. */
  async setPeers(routes: readonly PeerRoute[]): Promise<void> {
    const { current } = this.#record;
    if (current !== null) await this.#link.setPeers(current.boot, routes);
  }

  /** Starts it again after a kill; runs already: fine. */
  async start(): Promise<void> {
    await this.#change((now) => ({ ...now, wanted: 'up' }));
    this.#bell.ring();
  }

  /** Starts no other boot until the engine starts anew; what runs goes on. */
  rest(): void {
    this.#resting = true;
  }

  /** Ends all of it at once, and keeps it down. Resolves when none of its processes is left. */
  async kill(): Promise<void> {
    await this.#change((now) => ({ ...now, wanted: 'down' }));
    await this.#endCurrent();
  }

  /** Ends all of it at once, and starts no other until the engine starts anew. */
  async close(): Promise<void> {
    this.rest();
    await this.#endCurrent();
  }

  /** @throws `FAILED_PRECONDITION` - it does not run. */
  async pause(): Promise<void> {
    await pauseTree(this.#running());
    this.#parts.changed();
  }

  /** @throws `FAILED_PRECONDITION` - it does not run. */
  async resume(): Promise<void> {
    await resumeTree(this.#running());
    this.#parts.changed();
  }

  /** Cuts it off from exactly these; the engine's own line is `engine`. */
  async cut(names: readonly string[]): Promise<void> {
    await this.#change((now) => ({ ...now, cut: names }));
    this.#applyCut();
    this.#parts.changed();
  }

  async drain(drained: boolean): Promise<void> {
    await this.#change((now) => (now.drained === drained ? now : { ...now, drained }));
    this.#parts.changed();
  }

  /**
   * Ends that boot, and no later one. Resolves when none of its processes is left and that is on
   * the disk; a boot that was ended before: at once.
   *
   * @throws `FAILED_PRECONDITION` - it cannot be proven: some process is still there, or the boot
   *   is not one that is remembered.
   */
  async endBoot(boot: string): Promise<void> {
    await this.#exclusive(async () => {
      const { current, gone } = this.#record;
      if (current?.boot === boot) await this.#end(current);
      else if (!gone.includes(boot)) throw unknownBoot(this.#parts.id, boot);
    });
  }

  /** In its turn: a boot that is begun at this moment is on record only once it has begun. */
  async #endCurrent(): Promise<void> {
    await this.#exclusive(async () => {
      const { current } = this.#record;
      if (current !== null) await this.#end(current);
    });
  }

  async #end(current: BootRecord): Promise<void> {
    await killTree(this.#treeOf(current));
    await this.#markGone(current.boot);
  }

  async #boot(signal: AbortSignal): Promise<void> {
    const { random, options, containment, gates, id, zone } = this.#parts;
    await this.#exclusive(async () => {
      const { current, wanted } = this.#record;
      if (current !== null || wanted !== 'up' || this.#resting || signal.aborted) return;
      const boot = random.id();
      // On the disk before any process has the mark, so that none can be overlooked after a crash.
      await this.#change((now) => ({ ...now, current: { boot, root: null } }));
      const ended = (): void => this.#bell.ring();
      const parts = { id, zone, boot, options, containment, gates: gates.places, ended };
      const root = await startBoot(parts);
      await this.#change((now) => ({ ...now, current: { boot, root } }));
    });
    this.#parts.changed();
  }

  /** Listens to a boot until it has ended, and sees to it that none of it is left. */
  async #attend(current: BootRecord, signal: AbortSignal): Promise<void> {
    const over = new AbortController();
    const listening = this.#link.listen(current.boot, AbortSignal.any([signal, over.signal]));
    let lookMs = 0;
    // Without a root it is not known what was started: it is ended, and another boot takes its place.
    while (current.root !== null && isAlive(current.root) && !signal.aborted) {
      if (this.#parts.containment === 'tree' && performance.now() > lookMs) {
        this.#treeOf(current).processes();
        lookMs = performance.now() + REMEMBER_MS;
      }
      await this.#bell.wait(WATCH_MS, signal);
    }
    over.abort();
    if (!signal.aborted) await this.endBoot(current.boot);
    await listening;
  }

  async #markGone(boot: string): Promise<void> {
    await this.#change((now) =>
      now.current?.boot === boot
        ? { ...now, current: null, gone: [...now.gone, boot].slice(-GONE_MAX) }
        : now,
    );
    this.#tree = null;
    this.#bell.ring();
    this.#parts.changed();
  }

  #treeOf({ boot, root }: BootRecord): ProcessTree {
    if (this.#tree?.boot !== boot) this.#tree = { boot, tree: bootTree(boot, root) };
    return this.#tree.tree;
  }

  #running(): ProcessTree {
    const { current } = this.#record;
    if (current !== null && current.root !== null) return this.#treeOf(current);
    throw new FireCampError('FAILED_PRECONDITION', `node ${this.#parts.id} does not run`, {
      operation: 'engine.node',
      subject: { node: this.#parts.id },
    });
  }

  #tellFaults(): void {
    const texts = this.#link.faults.map(({ text }) => text);
    const { id, log } = this.#parts;
    for (const text of texts) if (!this.#told.has(text)) log(`node ${id}: ${text}`);
    this.#told = new Set(texts);
  }

  #applyCut(): void {
    const { cut } = this.#record;
    this.#parts.gates.cut(cut);
    this.#link.cut(cut.includes(ENGINE_CUT));
  }

  async #change(next: (now: NodeRecord) => NodeRecord): Promise<NodeRecord> {
    const { store, id } = this.#parts;
    const record = await store.change(id, (now) => next(now ?? newRecord(id)));
    return record ?? newRecord(id);
  }

  #exclusive<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act, act);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

function newRecord(id: string): NodeRecord {
  return { schema: 1, id, wanted: 'up', drained: false, cut: [], current: null, gone: [] };
}

function unknownBoot(id: string, boot: string): FireCampError {
  return new FireCampError(
    'FAILED_PRECONDITION',
    `node ${id}: boot ${boot} is not one of those that are known here; nothing can be proven of it`,
    { operation: 'engine.endBoot', subject: { node: id, boot } },
  );
}
