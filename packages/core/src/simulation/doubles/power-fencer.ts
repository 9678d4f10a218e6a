import { FireCampError } from '../../error.ts';
import type { FenceProof, Fencer, FencerCapabilities, FenceTarget } from '../../fence/fencer.ts';
import type { CallOptions, EffectOptions } from '../../permit.ts';
import { Stream } from '../kernel/chance.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { readKind, writeKind } from '../network/fault.ts';
import type { Port } from '../network/port.ts';
import type { SimulatedNode } from '../node/simulated-node.ts';
import type { Surroundings } from '../worlds/world.ts';
import { unknownOf } from './unknown.ts';

const STATUS = readKind('fencer', 'status');
const FENCE = writeKind('fencer', 'fence');
const LIFT = writeKind('fencer', 'lift');
const LIST = readKind('fencer', 'list');
const POLL_MS = 300;
const PATIENCE_MS = 10_000;
/** A machine that is told to stop takes its time, and now and then very long. */
const STOPS_MS: readonly [number, number] = [200, 5_000];
const STOPS_SLOWLY_MS: readonly [number, number] = [5_000, 25_000];
const SLOW_CHANCE = 0.05;

/** What ends nodes, and what it shows of them. */
export abstract class Power {
  readonly nodes: ReadonlyMap<string, SimulatedNode>;
  readonly capabilities: FencerCapabilities;
  /** Whether nothing shows that a node has ended. */
  hidden = false;
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings, capabilities: FencerCapabilities) {
    this.#surroundings = surroundings;
    this.nodes = surroundings.nodes;
    this.capabilities = capabilities;
  }

  /** Ends the run that was named, or whatever runs where none can be named. */
  abstract end(node: SimulatedNode, boot: string): void;

  /** Whether it says that run of the node goes on. */
  runs(node: SimulatedNode, boot: string): boolean {
    return this.hidden || (node.up && node.boot.id === boot);
  }

  /** Tells that a fencer is called, before anything is sent. */
  called(node: SimulatedNode, boot: string): void {
    this.#surroundings.fenceCalled(node, boot);
  }

  /** Only that run: what runs by then may be another. */
  protected off(node: SimulatedNode, boot: string): void {
    if (node.up && node.boot.id === boot) this.#surroundings.powerOff(node);
  }
}

/** The supervisor of process trees: it ends a tree by its name, and at once. */
export class TreePower extends Power {
  constructor(surroundings: Surroundings) {
    super(surroundings, capabilitiesOf('process-gone', 'conditional'));
  }

  end(node: SimulatedNode, boot: string): void {
    this.off(node, boot);
  }
}

/**
 * The switch of machines, such as StopInstances or a power strip: it stops whatever runs when the
 * request is there, and the machine takes its time to end.
 */
export class MachinePower extends Power {
  readonly #kernel: Kernel;
  readonly #stream: Stream;

  constructor(surroundings: Surroundings) {
    super(surroundings, capabilitiesOf('stopped', 'repaired'));
    this.#kernel = surroundings.kernel;
    this.#stream = new Stream(surroundings.seed, 'power');
  }

  end(node: SimulatedNode): void {
    const { id } = node.boot;
    const slowly = this.#stream.chance(SLOW_CHANCE);
    const takesMs = this.#stream.between(...(slowly ? STOPS_SLOWLY_MS : STOPS_MS));
    this.#kernel.after(takesMs, () => this.off(node, id));
  }
}

function capabilitiesOf(
  proof: 'process-gone' | 'stopped',
  late: 'conditional' | 'repaired',
): FencerCapabilities {
  return {
    by: 'manager',
    reach: 'node',
    lasts: 'always',
    proof: [proof],
    late: { 'fencer.fence': late, 'fencer.lift': 'harmless' },
  };
}

/** Fences by ending everything on a node. */
export class PowerFencer implements Fencer {
  readonly capabilities: FencerCapabilities;
  readonly #port: Port;
  readonly #power: Power;

  constructor(port: Port, power: Power) {
    this.#port = port;
    this.#power = power;
    this.capabilities = power.capabilities;
  }

  async fence(target: FenceTarget, options: EffectOptions): Promise<FenceProof> {
    const { holder, node: facts } = target;
    const node = holder.node === null ? undefined : this.#power.nodes.get(holder.node);
    if (node === undefined || facts.id !== node.id) {
      throw refuse(`${holder.node} is no node of ours`);
    }
    // The holder names the run that is meant: a later run of the same node is not touched.
    const named = holder.boot ?? holder.token;
    const boot = node.knowsBoot(named) ? named : facts.boot;
    if (await this.#runs(node, boot, options)) await this.#end(node, boot, options);
    const kind = this.capabilities.proof[0] ?? 'stopped';
    return {
      kind,
      holder,
      boot,
      volume: null,
      generation: options.permit.generation,
      observed: `${boot} has ended`,
      by: this.#port.life.process,
      sinceMs: this.#port.life.clock.wallNowMs(),
    };
  }

  async lift(_proof: FenceProof, options: EffectOptions): Promise<void> {
    return this.#port.change(LIFT, () => {}, options);
  }

  async *list(call?: CallOptions): AsyncIterable<FenceProof> {
    yield* await this.#port.call(LIST, () => [], call);
  }

  async #end(node: SimulatedNode, boot: string, options: EffectOptions): Promise<void> {
    const { clock } = this.#port.life;
    const timeoutMs = await options.permit.ask(FENCE.name);
    this.#power.called(node, boot);
    const end = (): void => this.#power.end(node, boot);
    const sent = this.#port.call(FENCE, end, { signal: options.signal, timeoutMs });
    const unknown = await unknownOf(sent);
    const beganMs = clock.monotonicMs();
    while (await this.#runs(node, boot, options)) {
      const late = clock.monotonicMs() - beganMs > PATIENCE_MS;
      if (late) throw unknown ?? refuse(`${boot} has not ended yet`);
      await clock.sleep(POLL_MS, options.signal);
    }
  }

  async #runs(node: SimulatedNode, boot: string, call: CallOptions): Promise<boolean> {
    return this.#port.call(STATUS, () => this.#power.runs(node, boot), { signal: call.signal });
  }
}

function refuse(message: string): FireCampError {
  return new FireCampError('FAILED_PRECONDITION', message, { operation: FENCE.name });
}
