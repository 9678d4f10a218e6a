import { expect, test } from 'vitest';
import { codeBlocks } from '../docs/code-blocks.ts';

test('each block is found with its line, and code of other languages is left out', () => {
  const text =
    'Words.\n\n```ts\nfirst();\n```\n\n```sh\nls\n```\n```ts\nsecond();\n\nthird();\n```\n';
  expect(codeBlocks('a.md', text)).toEqual([
    { page: 'a.md', line: 3, code: 'first();\n' },
    { page: 'a.md', line: 10, code: 'second();\n\nthird();\n' },
  ]);
});

test.each([
  ['is indented', '- An item.\n  ```ts\n  first();\n  ```\n'],
  ['calls its language otherwise', '```typescript\nfirst();\n```\n'],
  ['is JavaScript', '~~~js\nfirst();\n~~~\n'],
  ['has no end', '```ts\nfirst();\n'],
])('code that nobody would check is refused: it %s', (_how, text) => {
  expect(() => codeBlocks('a.md', text)).toThrow('a.md: code stands between lines');
});
