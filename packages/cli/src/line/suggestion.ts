/** So many slips of the hand make a word another one. */
const SLIPS_MAX = 3;
/** The part of a word that has to be right. */
const LIKENESS_MIN = 0.4;

/** ` (Did you mean list?)` where some of the words are near; empty where none is. */
export function suggestion(word: string, words: readonly string[]): string {
  const near = [...new Set(words)]
    .map((candidate) => ({ candidate, slips: slipsBetween(word, candidate) }))
    .filter(({ candidate, slips }) => {
      const length = Math.max(word.length, candidate.length);
      return slips <= SLIPS_MAX && (length - slips) / length > LIKENESS_MIN;
    });
  const least = Math.min(...near.map(({ slips }) => slips));
  const best = near.filter(({ slips }) => slips === least).map(({ candidate }) => candidate);
  if (best.length === 0) return '';
  return ` (Did you mean ${best.length === 1 ? '' : 'one of '}${best.sort().join(', ')}?)`;
}

/** How many letters are missing, too many, wrong, or in the wrong order with their neighbour. */
function slipsBetween(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const wrong = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        at(last, j) + 1,
        at(row, j - 1) + 1,
        at(last, j - 1) + wrong,
        swapped ? at(before, j - 2) + 1 : Infinity,
      );
    }
    [before, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
