import { FireCampError } from '../../error.ts';
import { type MemberRef, memberId } from '../../model/member-ref.ts';
import type {
  Job,
  LogLine,
  Orchestrator,
  OrchestratorCapabilities,
  OrchestratorNode,
  Task,
  Unit,
  UnitSpec,
} from '../../orchestrator/orchestrator.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { type CallKind, readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import { readPages } from './pages.ts';
import { conflict, noUnit, type SchedulingBackend } from './scheduling.ts';

const NODES = readKind('orchestrator', 'nodes');
const UNIT = readKind('orchestrator', 'unit');
const UNITS = readKind('orchestrator', 'units');
/** The same where an answer may be old. */
const EVENTUAL: ReadonlyMap<CallKind, CallKind> = new Map([
  [UNIT, readKind('orchestrator', 'unit', true)],
  [UNITS, readKind('orchestrator', 'units', true)],
]);
const TASKS = readKind('orchestrator', 'tasks');
const APPLY = writeKind('orchestrator', 'apply');
const START = writeKind('orchestrator', 'start');
const STOP = writeKind('orchestrator', 'stop');
const REMOVE = writeKind('orchestrator', 'remove');
const DRAIN = writeKind('orchestrator', 'drain');
/** The names of the calls that change a unit. */
export const UNIT_CHANGES: ReadonlySet<string> = new Set(
  [APPLY, START, STOP, REMOVE].map(({ name }) => name),
);
/** How often a change is tried again whose unit was changed by somebody else meanwhile. */
const TRIES_MAX = 5;

/** What one orchestrator promises. */
export interface OrchestratorPromises
  extends Pick<OrchestratorCapabilities, 'placement' | 'tasksStaleMs'> {
  /**
   * Whether a change names the revision that it is about, so that a late one is refused; where not,
   * whichever comes last wins.
   */
  readonly conditional: boolean;
  /** Whether it may show units as they were a while ago. */
  readonly eventual: boolean;
}

/** The orchestrator as one process reaches it. */
export class SimulatedOrchestrator implements Orchestrator {
  readonly capabilities: OrchestratorCapabilities;
  readonly #port: Port;
  readonly #backend: SchedulingBackend;
  readonly #conditional: boolean;
  readonly #eventual: boolean;

  constructor(
    port: Port,
    backend: SchedulingBackend,
    { conditional, eventual, ...claims }: OrchestratorPromises,
  ) {
    this.#port = port;
    this.#backend = backend;
    this.#conditional = conditional;
    this.#eventual = eventual;
    const late = conditional ? 'conditional' : 'repaired';
    this.capabilities = {
      bindsVolumes: false,
      ...claims,
      secrets: 'file',
      logs: false,
      jobs: false,
      ports: 'unchecked',
      watchdog: true,
      late: {
        'orchestrator.apply': late,
        'orchestrator.start': late,
        'orchestrator.stop': late,
        // Nothing takes the place of what was removed.
        'orchestrator.remove': conditional ? 'conditional' : 'harmless',
        'orchestrator.drain': 'harmless',
      },
    };
  }

  nodes(call?: CallOptions): AsyncIterable<OrchestratorNode> {
    const all = (): readonly OrchestratorNode[] => this.#backend.nodes();
    return readPages(this.#port, { kind: NODES, all, keyOf: ({ id }) => id }, call);
  }

  async applyUnit(spec: UnitSpec, expects: string | null, options: EffectOptions): Promise<Unit> {
    const { signal } = options;
    const known = await this.#unit(spec.member, signal);
    if (known?.digest === spec.digest) return known;
    if (this.#conditional || known === null) {
      return this.#port.change(APPLY, () => this.#backend.apply(spec, expects), options);
    }
    if (known.revision !== expects) throw conflict(memberId(spec.member));
    const sent = this.#backend.send();
    return this.#port.change(APPLY, () => this.#backend.update(spec, sent), options);
  }

  async startUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    await this.#setRunning(member, true, options);
  }

  async stopUnit(
    member: MemberRef,
    _how: { readonly graceMs: number },
    options: EffectOptions,
  ): Promise<void> {
    await this.#setRunning(member, false, options);
  }

  async removeUnit(member: MemberRef, options: EffectOptions): Promise<void> {
    if (!this.#conditional) {
      await this.#port.change(REMOVE, () => this.#backend.remove(member, null), options);
      return;
    }
    await this.#onUnit(member, options, async (unit) => {
      if (unit === null) return;
      await this.#port.change(REMOVE, () => this.#backend.remove(member, unit.revision), options);
    });
  }

  async drain(node: string, options: EffectOptions): Promise<void> {
    return this.#port.change(DRAIN, () => this.#backend.setDrained(node, true), options);
  }

  async undrain(node: string, options: EffectOptions): Promise<void> {
    return this.#port.change(DRAIN, () => this.#backend.setDrained(node, false), options);
  }

  async *units(service: string, call?: CallOptions): AsyncIterable<Unit> {
    const all = (): readonly Unit[] => this.#backend.units(service);
    const stale = (): readonly Unit[] =>
      this.#backend.past.all().filter(({ member }) => member.service === service);
    const keyOf = ({ member }: Unit): string => memberId(member);
    yield* readPages(this.#port, { kind: this.#read(UNITS), all, stale, keyOf }, call);
  }

  async *tasks(service: string, call?: CallOptions): AsyncIterable<Task> {
    const all = (): readonly Task[] => this.#backend.tasks(service);
    yield* readPages(this.#port, { kind: TASKS, all, keyOf: ({ id }) => id }, call);
  }

  async runJob(): Promise<Job> {
    throw unsupported('runJob');
  }

  async job(): Promise<Job | null> {
    throw unsupported('job');
  }

  async removeJob(): Promise<void> {
    throw unsupported('removeJob');
  }

  // biome-ignore lint/correctness/useYield: what is not supported has no line.
  async *logs(): AsyncIterable<LogLine> {
    throw unsupported('logs');
  }

  #read(kind: CallKind): CallKind {
    return this.#eventual ? (EVENTUAL.get(kind) ?? kind) : kind;
  }

  async #unit(member: MemberRef, signal: AbortSignal | undefined): Promise<Unit | null> {
    return this.#port.call(this.#read(UNIT), () => this.#backend.unit(member), {
      signal,
      stale: () => this.#backend.past.get(memberId(member)),
    });
  }

  async #setRunning(member: MemberRef, running: boolean, options: EffectOptions): Promise<void> {
    const kind = running ? START : STOP;
    const backend = this.#backend;
    const tell = running ? () => {} : backend.stops.ask(member, options.permit);
    if (!this.#conditional) {
      const sent = backend.send();
      const set = (): void => tell(backend.setRunningAnyway(member, running, sent));
      await this.#port.change(kind, set, options);
      return;
    }
    await this.#onUnit(member, options, async (unit) => {
      if (unit === null) throw noUnit(member);
      const set = (): void => tell(backend.setRunning(member, running, unit.revision));
      await this.#port.change(kind, set, options);
    });
  }

  async #onUnit(
    member: MemberRef,
    options: EffectOptions,
    act: (unit: Unit | null) => Promise<void>,
  ): Promise<void> {
    for (let left = TRIES_MAX; ; left -= 1) {
      const unit = await this.#unit(member, options.signal);
      try {
        return await act(unit);
      } catch (error) {
        if (!FireCampError.is(error, 'CONFLICT') || left === 1) throw error;
      }
    }
  }
}

function unsupported(call: string): FireCampError {
  return new FireCampError('UNSUPPORTED', 'not simulated', { operation: `orchestrator.${call}` });
}
