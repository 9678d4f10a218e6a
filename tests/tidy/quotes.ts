import { posix } from 'node:path';
import type { Documents } from './links.ts';

/** A link to a test file, and the quotations that follow it up to the next link or cell. */
const QUOTING = /\]\(([^)\s]+\.test\.ts)\):((?:,? "[^"]+")+)/g;

/** What a Markdown file quotes from a linked test file, and the file does not say. */
export function wrongQuotes(path: string, documents: Documents): readonly string[] {
  return quotesOf(documents.read(path)).flatMap(({ link, quote }) => {
    const target = posix.normalize(posix.join(posix.dirname(path), link));
    if (!documents.exists(target)) return [`${link} is not there`];
    return documents.read(target).includes(quote) ? [] : [`${link} does not say "${quote}"`];
  });
}

function quotesOf(text: string): readonly { readonly link: string; readonly quote: string }[] {
  return [...text.matchAll(QUOTING)].flatMap(([, link = '', quotes = '']) =>
    [...quotes.matchAll(/"([^"]+)"/g)].map(([, quote = '']) => ({ link, quote })),
  );
}
