import { isPrintable } from './go-text.ts';
import { toBytes } from './utf8.ts';

/** Escapes of Go's `html`, `js` and `urlquery`. Source: Go, text/template/funcs.go and net/url. */

const htmlEscapes: Readonly<Record<string, string>> = {
  '\0': '\ufffd',
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
};

export function escapeHtml(text: string): string {
  return text.replaceAll(/[\0"'&<>]/g, (char) => htmlEscapes[char] ?? char);
}

const javaScriptEscapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

export function escapeJavaScript(text: string): string {
  return [...text]
    .map((char) => {
      const known = javaScriptEscapes[char];
      if (known !== undefined) return known;
      const code = char.codePointAt(0) ?? 0;
      if (code < 0x20) return `\\u${hex(code)}`;
      return code < 0x80 || isPrintable(char) ? char : `\\u${hex(code)}`;
    })
    .join('');
}

function hex(code: number): string {
  return code.toString(16).toUpperCase().padStart(4, '0');
}

/** Percent-encodes everything but letters, digits and `-_.~`; a space becomes `+`. */
export function escapeQuery(text: string): string {
  return percentEncode(text, /[A-Za-z0-9\-_.~]/).replaceAll('%20', '+');
}

/** Percent-encodes the bytes of all characters that are not kept. */
export function percentEncode(text: string, kept: RegExp): string {
  return [...text].map((char) => (kept.test(char) ? char : encoded(char))).join('');
}

function encoded(char: string): string {
  return toBytes(char)
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
    .join('');
}
