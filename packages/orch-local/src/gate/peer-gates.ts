import { readFileSync } from 'node:fs';
import { errno } from '@firecamp/files';
import { type Endpoint, type Gate, openGate } from './gate.ts';

/** How soon after a member begins to listen its peers can reach it. */
const LOOK_MS = 100;
/** How many faults are told at once. */
const FAULTS_MAX = 64;
/** The state of a socket that listens, in the kernel's table. */
const LISTENS = '0A';
/** Stands for all addresses. */
const ANY = '0.0.0.0';

/** One way from a node to a member's port. */
export interface PeerRoute {
  /** Where the members of this node find it. */
  readonly listen: Endpoint;
  readonly target: Endpoint;
  readonly cut: boolean;
}

/** A way that cannot be as it should. */
export interface PeerFault {
  readonly listen: Endpoint;
  readonly target: Endpoint;
  /** Whether the target is reached without the way, so that nothing cuts it. */
  readonly around: boolean;
  /** What is wrong and what to do about it, for people. */
  readonly text: string;
}

/**
 * A node's ways to the members of the services that it runs members of. Each is opened only once
 * somebody listens at its target: a program that listens at all addresses is reached without, and
 * could not begin to where the way is open already.
 */
export class PeerGates {
  #routes: ReadonlyMap<string, PeerRoute> = new Map();
  readonly #open = new Map<string, Gate>();
  readonly #faults = new Map<string, PeerFault>();
  readonly #timer = setInterval(() => this.#look(), LOOK_MS);
  #turn: Promise<void> = Promise.resolve();

  constructor() {
    this.#timer.unref();
  }

  /** What is wrong with the first of them that are not as they should be. Each way is tried again until it is as it should be. */
  get faults(): readonly PeerFault[] {
    return [...this.#faults.values()].slice(0, FAULTS_MAX);
  }

  /** Has these ways from now on, and no others. Resolves when what is cut is cut. */
  async set(routes: readonly PeerRoute[]): Promise<void> {
    this.#routes = new Map(routes.map((route) => [keyOf(route), route]));
    for (const [key, gate] of this.#open) gate.cut(this.#routes.get(key)?.cut ?? true);
    for (const key of [...this.#faults.keys()]) {
      if (!this.#routes.has(key)) this.#faults.delete(key);
    }
    await this.#serially(() => this.#closeOthers());
    this.#look();
  }

  #look(): void {
    const missing = [...this.#routes].filter(([key]) => !this.#open.has(key));
    if (missing.length === 0) return;
    const listening = listeners();
    for (const [key, route] of missing) {
      if (listening.has(textOf(route.target))) {
        void this.#serially(() => this.#openRoute(key, route));
      } else if (listening.has(textOf({ ...route.target, host: ANY }))) {
        this.#faults.set(key, faultAround(route));
      } else this.#faults.delete(key);
    }
  }

  async #openRoute(key: string, route: PeerRoute): Promise<void> {
    if (this.#open.has(key) || !this.#routes.has(key)) return;
    const { listen, target } = route;
    try {
      const gate = await openGate({ kind: 'tcp', listen, target });
      this.#open.set(key, gate);
      this.#faults.delete(key);
      gate.cut(this.#routes.get(key)?.cut ?? true);
    } catch (error) {
      this.#faults.set(key, faultOfOpening(route, error));
    }
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

function faultAround({ listen, target }: PeerRoute): PeerFault {
  const text =
    `a program listens at all addresses on port ${target.port}: what peers send to ` +
    `${textOf(target)} passes no gate and cannot be cut; let it listen at the member's address alone`;
  return { listen, target, around: true, text };
}

function faultOfOpening({ listen, target }: PeerRoute, error: unknown): PeerFault {
  const why = error instanceof Error ? error.message : String(error);
  const what =
    errno(error) === 'EADDRINUSE'
      ? 'is taken by another program; end that program'
      : `cannot be listened at (${why}); mend that`;
  const text = `no way to ${textOf(target)}: ${textOf(listen)} ${what}, and the way opens by itself`;
  return { listen, target, around: false, text };
}

function keyOf({ listen, target }: PeerRoute): string {
  return `${textOf(listen)} ${textOf(target)}`;
}

function textOf({ host, port }: Endpoint): string {
  return `${host}:${port}`;
}

/**
 * Addresses and ports at which somebody listens, from the kernel: each of IPv4, and of IPv6 those
 * alone that listen at all addresses, since they may take IPv4 too.
 */
function listeners(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [address, port] of listening('/proc/net/tcp')) {
    // The kernel prints the address as one number of the machine, its first byte the lowest.
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(Number.parseInt(address, 16));
    found.add(`${bytes.join('.')}:${port}`);
  }
  for (const [address, port] of listening('/proc/net/tcp6')) {
    if (/^0+$/.test(address)) found.add(`${ANY}:${port}`);
  }
  return found;
}

function listening(table: string): readonly (readonly [address: string, port: number])[] {
  const lines = textIfThere(table).split('\n').slice(1);
  return lines.flatMap((line) => {
    const [, local = '', , state] = line.trim().split(/\s+/);
    const [address = '', port = ''] = local.split(':');
    return state === LISTENS ? [[address, Number.parseInt(port, 16)] as const] : [];
  });
}

/** A machine may be without IPv6. */
function textIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errno(error) === 'ENOENT') return '';
    throw error;
  }
}
