/** One value of a metric. */
export interface MetricSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The head of a metric, whose samples follow. */
const HEAD =
  /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) [^\n]+\n# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (?:gauge|counter)\n/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)\{(.*)\} (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;
/** A quote, a backslash and a line end are escaped, and nothing else is. */
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)/y;

/**
 * Reads the text format of Prometheus, version 0.0.4, as strictly as it is specified: of each metric
 * its help and its type stand before its samples, all in one group, and no series comes twice.
 *
 * @throws Error - naming what is not of the format.
 */
export function parseMetrics(text: string): readonly MetricSample[] {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const groups = text.split(/^(?=# HELP )/m).map(parseGroup);
  const names = groups.map(({ name }) => name);
  if (new Set(names).size < names.length) throw new Error(`a metric twice: ${names.join(' ')}`);
  return groups.flatMap(({ samples }) => samples);
}

interface Group {
  readonly name: string;
  readonly samples: readonly MetricSample[];
}

function parseGroup(text: string): Group {
  const [head = '', name = '', typed] = HEAD.exec(text) ?? [];
  if (head === '' || name !== typed) throw new Error(`no help and type: ${text}`);
  const lines = text.slice(head.length).split('\n').slice(0, -1);
  const series = lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  if (new Set(series).size < series.length) throw new Error(`a series twice: ${text}`);
  const samples = lines.map(parseSample);
  if (samples.some((sample) => sample.name !== name)) throw new Error(`of another: ${text}`);
  return { name, samples };
}

function parseSample(line: string): MetricSample {
  const [, name, inner = '', value] = SAMPLE.exec(line) ?? [];
  if (name === undefined) throw new Error(`neither a comment nor a sample: ${line}`);
  const labels: Record<string, string> = {};
  for (let at = 0; at < inner.length; at = LABEL.lastIndex) {
    LABEL.lastIndex = at;
    const [whole, label = '', escaped = ''] = LABEL.exec(inner) ?? [];
    if (whole === undefined || Object.hasOwn(labels, label)) throw new Error(`labels: ${line}`);
    labels[label] = escaped.replaceAll(/\\(.)/g, (_, each) => (each === 'n' ? '\n' : each));
  }
  return { name, labels, value: Number(value) };
}
