/** The story as it goes on: a line a step, with the seconds since the beginning. */
export class Account {
  readonly #startMs = performance.now();
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  get seconds(): number {
    return (performance.now() - this.#startMs) / 1000;
  }

  tell(text: string): void {
    this.#write(`${this.seconds.toFixed(1).padStart(6)} s  ${text}`);
  }

  plain(text: string): void {
    this.#write(text);
  }

  /** Two columns, in a frame of dashes. */
  table(rows: readonly (readonly [name: string, value: string])[]): void {
    const width = Math.max(...rows.map(([name]) => name.length));
    const lines = rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`);
    const frame = `  ${'-'.repeat(Math.max(...lines.map((line) => line.length)) - 2)}`;
    this.#write(['', frame, ...lines, frame, ''].join('\n'));
  }
}
