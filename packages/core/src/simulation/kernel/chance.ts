/** Stirs two 32-bit numbers into one: every bit of both counts. */
export function mix(a: number, b: number): number {
  let hash = Math.imul((a ^ b) + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b | 1, 0x27d4eb2f);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A 32-bit number that stands for a text. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** A 32-bit number as a fraction in [0, 1). */
export function fraction(hash: number): number {
  return hash / 0x1_0000_0000;
}

/** A seeded sequence of chance. Each purpose has its own, so that one never shifts another. */
export class Stream {
  readonly #seed: number;
  #drawn = 0;

  constructor(seed: number, purpose: string) {
    this.#seed = mix(seed >>> 0, hashText(purpose));
  }

  /** A number in [0, 1). */
  next(): number {
    this.#drawn += 1;
    return fraction(mix(this.#seed, this.#drawn));
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.next() * (to - from);
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** One of the items, of which there must be at least one. */
  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new TypeError('nothing to pick from');
    return item;
  }
}
