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

  /** Words of the command, as it goes on: each number of steps that are done, once. */
  progress(): (line: string) => void {
    let shown = '';
    return (line) => {
      const [, done, total] = / (\d+)\/(\d+)/.exec(line) ?? [];
      const counted = done === undefined ? null : `${done} of ${total} steps done`;
      const text = counted ?? (/^\d/.test(line) ? line : shown);
      if (text !== shown && done !== '0') this.tell(`  ${text}`);
      shown = text;
    };
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
