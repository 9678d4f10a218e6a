/** Something that is to happen at a time. Cleared by setting `run` to null. */
export interface Timer {
  readonly atMs: number;
  readonly sequence: number;
  run: (() => void) | null;
}

function before(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
}

/** A binary heap by (time, sequence): equal times come out in the order they went in. */
export class TimerHeap {
  readonly #items: Timer[] = [];

  get size(): number {
    return this.#items.length;
  }

  peek(): Timer | undefined {
    return this.#items[0];
  }

  push(timer: Timer): void {
    const items = this.#items;
    let at = items.length;
    items.push(timer);
    while (at > 0) {
      const up = (at - 1) >> 1;
      const parent = items[up] as Timer;
      if (!before(timer, parent)) break;
      items[at] = parent;
      at = up;
    }
    items[at] = timer;
  }

  pop(): Timer | undefined {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (last === undefined || items.length === 0) return first;
    const half = items.length >> 1;
    let at = 0;
    while (at < half) {
      let down = 2 * at + 1;
      const right = items[down + 1];
      if (right !== undefined && before(right, items[down] as Timer)) down += 1;
      const child = items[down] as Timer;
      if (!before(child, last)) break;
      items[at] = child;
      at = down;
    }
    items[at] = last;
    return first;
  }
}
