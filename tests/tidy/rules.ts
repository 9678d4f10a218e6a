/** One thing that no tracked file may have. */
export interface Rule {
  readonly id: string;
  /** What to do where the rule strikes. */
  readonly instead: string;
  readonly applies: (path: string) => boolean;
  /** What is wrong in the file, each with its line where it has one. */
  readonly find: (text: string, path: string) => readonly string[];
}

const FILE_LINES_MAX = 400;

/**
 * The files of core that may read a clock, wait, draw random numbers or touch the machine.
 * Everything else in core gets these as parameters, so that the simulator can hold them.
 */
const CORE_ALLOWED: readonly string[] = [];

// The patterns below have a letter in brackets where they would otherwise find themselves.
const REGISTRY_HOSTS =
  /registry\.npm[j]s|registry\.yarn[p]kg|npm\.jsr\.[i]o|pypi\.[o]rg|crates\.[i]o|proxy\.golang\.[o]rg|repo1\.[m]aven|deb\.[d]ebian/i;
const MACHINE_PATHS = /(?<![\w.$}*-])\/(?:[w]ork|[r]oot|[h]ome\/[\w.-]+|[U]sers\/[\w.-]+)(?=\/)/;
const BROAD_KILLS = /\b(?:p[k]ill|kill[a]ll)\b/;
const UNOWNED_NOTES = /\b(?:TO[D]O|FIX[M]E)\b(?!\(#\d+\))/;
const NARROWED_TESTS = /\.(?:on[l]y|sk[i]p)\(/;
const IMPURE =
  /\bDate\.now\b|\bnew Date\(\)|\bperformance\.|\bset(?:Timeout|Interval|Immediate)\b|\bAbortSignal\.timeout\b|\bMath\.random\b|\brandom(?:UUID|Bytes|Int)\b|\bgetRandomValues\b|(?<![\w.])process\.|['"]node:(?:fs|process|child_process|net|dgram|http|https|os|timers|worker_threads)\b/;

const isText = (path: string): boolean => path !== 'LICENSE' && !/\.(?:png|svg|ico)$/.test(path);

export const RULES: readonly Rule[] = [
  {
    id: 'file-length',
    instead: 'split the file by concept',
    applies: (path) => path.endsWith('.ts'),
    find: (text) => {
      const lines = text.trimEnd().split('\n').length;
      return lines > FILE_LINES_MAX ? [`${lines} lines, at most ${FILE_LINES_MAX}`] : [];
    },
  },
  {
    id: 'unowned-note',
    instead: 'file an issue and give its number, or do it now',
    applies: (path) => isText(path) && path !== 'pnpm-lock.yaml',
    find: matchLines(UNOWNED_NOTES),
  },
  {
    id: 'registry-host',
    instead: 'name the package, not the host that it comes from',
    applies: isText,
    find: matchLines(REGISTRY_HOSTS),
  },
  {
    id: 'machine-path',
    instead: 'say where it is from the root of the checkout',
    applies: isText,
    find: matchLines(MACHINE_PATHS),
  },
  {
    id: 'broad-kill',
    instead: 'end a process by the id that you started it with',
    applies: isText,
    find: matchLines(BROAD_KILLS),
  },
  {
    id: 'narrowed-test',
    instead: 'run the test, or let a capability swap it',
    applies: (path) => path.endsWith('.test.ts'),
    find: matchLines(NARROWED_TESTS),
  },
  {
    id: 'pure-core',
    instead: 'take the clock, the randomness or the machine as a parameter',
    applies: (path) => /^packages\/core\/src\/.*\.ts$/.test(path) && !CORE_ALLOWED.includes(path),
    find: (text) => matchLines(IMPURE)(withoutComments(text)),
  },
];

function matchLines(pattern: RegExp): (text: string) => readonly string[] {
  return (text) =>
    text
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`line ${index + 1}: ${line.trim()}`] : []));
}

/** Blanks comments and keeps their lines, so that a finding still names the right one. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/(^|\s)\/\/.*$/gm, '$1');
}
