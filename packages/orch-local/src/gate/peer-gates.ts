import { readFileSync } from 'node:fs';
import { type Endpoint, type Gate, openGate } from './gate.ts';

/** How soon after a member begins to listen its peers can reach it. */
const LOOK_MS = 100;
/** The state of a socket that listens, in the kernel's table. */
const LISTENS = '0A';

/** One way from a node to a member's port. */
export interface PeerRoute {
  /** Where the members of this node find it. */
  readonly listen: Endpoint;
  readonly target: Endpoint;
  readonly cut: boolean;
}

/**
 * A node's ways to the members of the services that it runs members of. Each is opened only once
 * somebody listens at its target: a program that listens at all addresses is reached without, and
 * could not begin to where the way is open already.
 */
export class PeerGates {
  #routes: ReadonlyMap<string, PeerRoute> = new Map();
  readonly #open = new Map<string, Gate>();
  readonly #timer = setInterval(() => this.#look(), LOOK_MS);
  #turn: Promise<void> = Promise.resolve();

  constructor() {
    this.#timer.unref();
  }

  /** Has these ways from now on, and no others. Resolves when what is cut is cut. */
  async set(routes: readonly PeerRoute[]): Promise<void> {
    this.#routes = new Map(routes.map((route) => [keyOf(route), route]));
    for (const [key, gate] of this.#open) gate.cut(this.#routes.get(key)?.cut ?? true);
    await this.#serially(() => this.#closeOthers());
    this.#look();
  }

  #look(): void {
    const missing = [...this.#routes].filter(([key]) => !this.#open.has(key));
    if (missing.length === 0) return;
    const listening = listeners();
    const ready = missing.filter(([, { target }]) => listening.has(textOf(target)));
    for (const [key, route] of ready) void this.#serially(() => this.#openRoute(key, route));
  }

  async #openRoute(key: string, { listen, target }: PeerRoute): Promise<void> {
    if (this.#open.has(key) || !this.#routes.has(key)) return;
    const gate = await openGate({ kind: 'tcp', listen, target }).catch(() => null);
    if (gate === null) return;
    this.#open.set(key, gate);
    gate.cut(this.#routes.get(key)?.cut ?? true);
  }

  async #closeOthers(): Promise<void> {
    for (const [key, gate] of [...this.#open]) {
      if (this.#routes.has(key)) continue;
      this.#open.delete(key);
      await gate[Symbol.asyncDispose]();
    }
  }

  #serially(act: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(act, act);
    return this.#turn;
  }
}

function keyOf({ listen, target }: PeerRoute): string {
  return `${textOf(listen)} ${textOf(target)}`;
}

function textOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}

/** Addresses and ports at which somebody listens, from the kernel; IPv4 alone. */
function listeners(): ReadonlySet<string> {
  const lines = readFileSync('/proc/net/tcp', 'utf8').split('\n').slice(1);
  const found = new Set<string>();
  for (const line of lines) {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    if (state !== LISTENS) continue;
    // The kernel prints the address as one number of the machine, its first byte the lowest.
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(Number.parseInt(address, 16));
    found.add(`${bytes.join('.')}:${Number.parseInt(port, 16)}`);
  }
  return found;
}
