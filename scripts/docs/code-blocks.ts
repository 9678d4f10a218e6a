/** TypeScript in a page, as it stands there. */
export interface CodeBlock {
  /** Relative to the checkout. */
  readonly page: string;
  /** Where its fence begins, from 1. */
  readonly line: number;
  readonly code: string;
}

const BLOCK = /^```ts\n([\s\S]*?)^```$/gm;
const FENCE = /^[ \t>-]*(```|~~~)[ \t]*(c|m)?[jt](s|avascript|ypescript)x?\b/gim;

/** All blocks of a page. @throws Error - it has one of another form, which is not among them. */
export function codeBlocks(page: string, text: string): readonly CodeBlock[] {
  const blocks = [...text.matchAll(BLOCK)].map(({ index, 1: code = '' }) => ({
    page,
    line: text.slice(0, index).split('\n').length,
    code,
  }));
  if (blocks.length === (text.match(FENCE) ?? []).length) return blocks;
  throw new Error(
    `${page}: code stands between lines \`\`\`ts and \`\`\`, with nothing before them`,
  );
}
