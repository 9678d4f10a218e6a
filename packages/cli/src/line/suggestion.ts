import leven from 'leven';

/** So many letters that are missing, too many or wrong make a word another one. */
const SLIPS_MAX = 3;
/** The part of a word that has to be right. */
const LIKENESS_MIN = 0.4;

/** ` (Did you mean list?)` where some of the words are near; empty where none is. */
export function suggestion(word: string, words: readonly string[]): string {
  const near = [...new Set(words)]
    .map((candidate) => ({ candidate, slips: leven(word, candidate) }))
    .filter(({ candidate, slips }) => {
      const length = Math.max(word.length, candidate.length);
      return slips <= SLIPS_MAX && (length - slips) / length > LIKENESS_MIN;
    });
  const least = Math.min(...near.map(({ slips }) => slips));
  const best = near.filter(({ slips }) => slips === least).map(({ candidate }) => candidate);
  if (best.length === 0) return '';
  return ` (Did you mean ${best.length === 1 ? '' : 'one of '}${best.sort().join(', ')}?)`;
}
