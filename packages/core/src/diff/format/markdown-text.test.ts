import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { nastyTexts } from '../../../test/diff-reports.ts';
import { cellSpan, codeSpan, fence, htmlCode, prose, safeUrl } from './markdown-text.ts';

test.each([
  ['backend', '`backend`'],
  ['a`b', '``a`b``'],
  ['`', '`` ` ``'],
  [' a ', '`  a  `'],
  ['', '(empty)'],
  ['a\nb', '`a<U+000A>b`'],
])('%j as code is %j', (text, code) => {
  expect(codeSpan(text)).toBe(code);
});

test.each([
  ['a|b', '`a<U+007C>b`'],
  ['a\\|b', '`a\\<U+007C>b`'],
])('%j in a table is %j', (text, code) => {
  expect(cellSpan(text)).toBe(code);
});

test.each([
  ['the pods are replaced; nothing else.', 'the pods are replaced; nothing else.'],
  ['50Gi to 20Gi: volumes cannot shrink', '`50Gi` to `20Gi`: volumes cannot shrink'],
  ["StatefulSet's spec.selector cannot change", "StatefulSet's `spec.selector` cannot change"],
  ['Deployment backend goes from 3 to 1', 'Deployment backend goes from 3 to 1'],
  ['see #1 and @all, now', 'see `#1` and `@all`, now'],
  ['a commit deadbeef and GL-123', 'a commit `deadbeef` and `GL-123`'],
  ['https://evil.example x', '`https://evil.example` x'],
  ['<b> *x* </b>', '`<b> *x* </b>`'],
])('%j in a sentence is %j', (text, shown) => {
  expect(prose(text)).toBe(shown);
});

test.each([
  ['~2 <b>', '<code>&#126;2 &#60;b&#62;</code>'],
  ['a & "b" \\@c `|', '<code>a &#38; &#34;b&#34; &#92;&#64;c &#96;&#124;</code>'],
  ['@all #1 !2', '<code>&#64;all &#35;1 &#33;2</code>'],
])('%j in a summary is %j', (text, shown) => {
  expect(htmlCode(text)).toBe(shown);
});

describe('fence', () => {
  it('is longer than all that is inside', () => {
    expect(fence(['```', 'a `````'], 'diff')).toBe('``````diff\n```\na `````\n``````\n\n');
  });

  it('cannot be closed from within', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('`', '```', '````', '~~~', 'a', '')), (lines) => {
        const [open = '', ...rest] = fence(lines, '').trimEnd().split('\n');
        const close = rest.findIndex(
          (line) => /^ {0,3}`{3,} *$/.test(line) && line.trim().length >= open.length,
        );
        expect(close).toBe(rest.length - 1);
      }),
    );
  });
});

test.each([
  [
    'https://gitlab.example.com/a/-/jobs/1/diff.html',
    'https://gitlab.example.com/a/-/jobs/1/diff.html',
  ],
  ['https://x/a b>\n/close', 'https://x/a%20b%3E%0A/close'],
  ['javascript:alert(1)', undefined],
  [undefined, undefined],
])('%j as a link is %j', (url, safe) => {
  expect(safeUrl(url)).toBe(safe);
});

it('makes one line of everything', () => {
  for (const text of nastyTexts) {
    for (const shown of [codeSpan(text), cellSpan(text), prose(text), htmlCode(text)]) {
      expect(shown).not.toMatch(/[\n\r]/);
    }
  }
});
