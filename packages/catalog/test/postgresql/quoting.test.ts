import fc from 'fast-check';
import { expect, test } from 'vitest';
import { confValue, conninfo, passfileLine } from '../../dist/postgresql/quoting.js';

/** One choice of cases, so that a failure comes again; another seed finds others. */
const SEED = 1;

/** Reads a quoted value as PostgreSQL's own scanners do; null where more follows its end. */
function unquote(quoted: string, doubled: boolean): string | null {
  let text = '';
  for (let at = 1; at < quoted.length; at += 1) {
    if (quoted[at] === '\\') {
      at += 1;
      text += quoted[at];
    } else if (quoted[at] === "'") {
      if (doubled && quoted[at + 1] === "'") {
        at += 1;
        text += "'";
      } else return at === quoted.length - 1 ? text : null;
    } else text += quoted[at];
  }
  return null;
}

test('a value of a configuration file is read as it was meant', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(unquote(confValue(value), true)).toBe(value);
    }),
    { seed: SEED },
  );
});

test('a value of a connection string is read as it was meant, and ends where it should', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(unquote(conninfo({ host: value }).slice('host='.length), false)).toBe(value);
    }),
    { seed: SEED },
  );
});

/** As the client library reads a line: a backslash takes the next character as it is. */
function splitLine(line: string): readonly string[] {
  const fields = [''];
  for (let at = 0; at < line.length; at += 1) {
    if (line[at] === ':') fields.push('');
    else {
      if (line[at] === '\\') at += 1;
      fields.push(`${fields.pop()}${line[at]}`);
    }
  }
  return fields;
}

test('a line of a password file has the fields that it was given', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { minLength: 1 }), (fields) => {
      expect(splitLine(passfileLine(fields))).toEqual(fields);
    }),
    { seed: SEED },
  );
});
