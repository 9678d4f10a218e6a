/** One way, seen from the machine that calls. */
export type Direction = 'out' | 'back';

/** Which machines cannot reach which servers now; each direction on its own. */
export class Links {
  readonly #cuts = new Map<string, number>();
  readonly #lags = new Map<string, number>();
  /** Servers that are away, with how many reasons there are for it. */
  readonly #away = new Map<string, number>();

  /** @param server - a server's name, `*` for all of them. */
  cut(machine: string, server: string, direction: Direction): void {
    const key = keyOf(machine, server, direction);
    this.#cuts.set(key, (this.#cuts.get(key) ?? 0) + 1);
  }

  heal(machine: string, server: string, direction: Direction): void {
    const key = keyOf(machine, server, direction);
    const count = this.#cuts.get(key) ?? 0;
    if (count > 1) this.#cuts.set(key, count - 1);
    else this.#cuts.delete(key);
  }

  /** From now on requests take up to so many ms longer to get there; 0 for no longer. */
  slow(machine: string, server: string, byMs: number): void {
    const key = keyOf(machine, server, 'out');
    if (byMs > 0) this.#lags.set(key, byMs);
    else this.#lags.delete(key);
  }

  /** How much longer a request may take to get there, in ms. */
  lagMs(machine: string, server: string): number {
    if (this.#lags.size === 0) return 0;
    const own = this.#lags.get(keyOf(machine, server, 'out')) ?? 0;
    return Math.max(own, this.#lags.get(keyOf(machine, '*', 'out')) ?? 0);
  }

  healAll(machine: string): void {
    for (const key of [...this.#lags.keys()]) {
      if (key.startsWith(`${machine} `)) this.#lags.delete(key);
    }
    for (const key of [...this.#cuts.keys()]) {
      if (key.startsWith(`${machine} `)) this.#cuts.delete(key);
    }
  }

  /** Nobody reaches the server until it comes back. */
  leave(server: string): void {
    this.#away.set(server, (this.#away.get(server) ?? 0) + 1);
  }

  comeBack(server: string): void {
    const count = this.#away.get(server) ?? 0;
    if (count > 1) this.#away.set(server, count - 1);
    else this.#away.delete(server);
  }

  allComeBack(): void {
    this.#away.clear();
  }

  /** Whether nothing at all is cut for the machine. */
  whole(machine: string): boolean {
    if (this.#cuts.size === 0) return true;
    return ![...this.#cuts.keys()].some((key) => key.startsWith(`${machine} `));
  }

  open(machine: string, server: string, direction: Direction): boolean {
    if (this.#away.size > 0 && this.#away.has(server)) return false;
    if (this.#cuts.size === 0) return true;
    return !(
      this.#cuts.has(keyOf(machine, server, direction)) ||
      this.#cuts.has(keyOf(machine, '*', direction))
    );
  }
}

function keyOf(machine: string, server: string, direction: Direction): string {
  return `${machine} ${server} ${direction}`;
}
