import { callRpc, streamRpc } from '@firecamp/wire';
import type { PeerFault, PeerRoute } from '../gate/peer-gates.ts';
import { Bell } from '../node/bell.ts';
import { check, type NodeReport, nodeReportSchema, type TaskReport } from '../protocol.ts';
import type { Command } from './commands.ts';

const FIRST_REPORT_MS_MAX = 1_000;
const LISTEN_AGAIN_MS = 100;
const COMMAND_MS_MAX = 2_000;

/** The engine's line to the runtime of one node, which can be cut as any other. */
export class NodeLink {
  readonly #socket: string;
  readonly #changed: () => void;
  #report: NodeReport | null = null;
  #heardMs = performance.now();
  /** Ends what passes now; null while nobody listens. */
  #passing: AbortController | null = null;
  #cut = false;
  /** The ways to other members that the node is to have, and those that it was told of. */
  #peers: { readonly boot: string; readonly routes: readonly PeerRoute[] } | null = null;
  #said = 'null';
  #saying: Promise<void> | null = null;

  constructor(socket: string, changed: () => void) {
    this.#socket = socket;
    this.#changed = changed;
  }

  /** What the node last told of this boot; null before it told anything. */
  get tasks(): ReadonlyMap<string, TaskReport> | null {
    if (this.#report === null) return null;
    return new Map(this.#report.tasks.map((task) => [task.id, task]));
  }

  /** What it last told of its ways to other members. */
  get faults(): readonly PeerFault[] {
    return this.#report?.faults ?? [];
  }

  /** How long it has been silent, or listened to in vain. */
  get silentMs(): number {
    return performance.now() - this.#heardMs;
  }

  cut(cut: boolean): void {
    this.#cut = cut;
    if (cut) this.#passing?.abort();
  }

  /** Takes what this boot of the node tells, until the signal fires. Never rejects. */
  async listen(boot: string, signal: AbortSignal): Promise<void> {
    this.#report = null;
    this.#heardMs = performance.now();
    while (!signal.aborted) {
      if (!this.#cut) await this.#listenOnce(boot, signal);
      await new Bell().wait(LISTEN_AGAIN_MS, signal);
    }
    this.#report = null;
  }

  async #listenOnce(boot: string, signal: AbortSignal): Promise<void> {
    const passing = new AbortController();
    this.#passing = passing;
    const target = {
      socket: this.#socket,
      method: 'reports',
      timeoutMs: FIRST_REPORT_MS_MAX,
      effect: false,
      signal: AbortSignal.any([signal, passing.signal]),
    };
    try {
      for await (const item of streamRpc(target, {})) {
        const report = check(nodeReportSchema, item, 'engine.report');
        if (report.boot !== boot) return;
        this.#hear(report);
      }
    } catch {
      // Silence is told by how long it lasts, not by how it began.
    } finally {
      this.#passing = null;
    }
  }

  #hear(report: NodeReport): void {
    const before = JSON.stringify(this.#report);
    this.#report = report;
    this.#heardMs = performance.now();
    if (JSON.stringify(report) !== before) this.#changed();
  }

  /**
   * Says which ways the node has to other members, and resolves once it has them. Not what a cut
   * cuts: it is how one is made.
   *
   * @throws as {@link send}.
   */
  async setPeers(boot: string, routes: readonly PeerRoute[]): Promise<void> {
    this.#peers = { boot, routes };
    this.#saying ??= this.#sayPeers().finally(() => {
      this.#saying = null;
    });
    await this.#saying;
  }

  async #sayPeers(): Promise<void> {
    for (let text = JSON.stringify(this.#peers); text !== this.#said; ) {
      const target = { socket: this.#socket, method: 'peers', timeoutMs: COMMAND_MS_MAX };
      await callRpc({ ...target, effect: true }, JSON.parse(text));
      this.#said = text;
      text = JSON.stringify(this.#peers);
    }
  }

  /** @throws `UNAVAILABLE`, `UNKNOWN_OUTCOME` - it may not have heard: tell it again. */
  async send(command: Command): Promise<void> {
    const { kind, node: _node, ...input } = command;
    const target = { socket: this.#socket, method: kind, timeoutMs: COMMAND_MS_MAX, effect: true };
    await callRpc(target, input);
  }
}
