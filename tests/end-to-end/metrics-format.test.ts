import { expect, test } from 'vitest';
import { parseMetrics } from './support/metrics.ts';

const HEAD = '# HELP a x\n# TYPE a gauge\n';

test('metrics are read with their labels, and what was escaped in them', () => {
  const text = `${HEAD}a{b="c",d="e\\"\\\\\\n"} 1.5\n# HELP f y\n# TYPE f counter\n`;

  expect(parseMetrics(text)).toEqual([{ name: 'a', labels: { b: 'c', d: 'e"\\\n' }, value: 1.5 }]);
});

test.each([
  ['', 'does not end'],
  ['a{b="c"} 1\n', 'no help and type'],
  [`${HEAD}a{b="c"} 1`, 'does not end'],
  ['# HELP a x\n# TYPE b gauge\n', 'no help and type'],
  ['# HELP a x\n# TYPE a number\n', 'no help and type'],
  [`${HEAD}a{b="c"} 1\na{b="c"} 2\n`, 'a series twice'],
  [`${HEAD}b{b="c"} 1\n`, 'of another'],
  [`${HEAD}a{b="c"d"} 1\n`, 'labels'],
  [`${HEAD}a{b="c",b="c"} 1\n`, 'labels'],
  [`${HEAD}a{b="\\c"} 1\n`, 'labels'],
  [`${HEAD}a{b="c"} yes\n`, 'neither'],
  [`${HEAD}a{b="c"}\n`, 'neither'],
  [`${HEAD}\n`, 'neither'],
  [`${HEAD}${HEAD}`, 'a metric twice'],
])('%j is not of the format of metrics: %s', (text, fault) => {
  expect(() => parseMetrics(text)).toThrow(fault);
});
