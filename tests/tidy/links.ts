import { posix } from 'node:path';

/** The tracked files and, for the Markdown ones, what they say. */
export interface Documents {
  readonly exists: (path: string) => boolean;
  readonly read: (path: string) => string;
}

/** The links of a Markdown file that lead to no file, folder or heading of the checkout. */
export function brokenLinks(path: string, documents: Documents): readonly string[] {
  return linksOf(documents.read(path)).filter((link) => !resolves(path, link, documents));
}

function linksOf(text: string): readonly string[] {
  const prose = withoutCode(text);
  return [...prose.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z][a-z+.-]*:/i.test(link));
}

function resolves(path: string, link: string, documents: Documents): boolean {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), file));
  if (!documents.exists(target.replace(/\/$/, ''))) return false;
  if (anchor === undefined || !target.endsWith('.md')) return true;
  return headingsOf(documents.read(target)).includes(anchor);
}

function headingsOf(text: string): readonly string[] {
  return [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6}\s+(.*)$/gm)].map((match) =>
    (match[1] ?? '')
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  );
}

function withoutCode(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}
