import { printFloat } from './format.ts';
import { jsonNumber } from './go-json.ts';
import { GoInt, GoList, GoMap, type GoValue } from './go-value.ts';
import { isAmbiguousScalar } from './yaml-scalar.ts';
import { UnsupportedTemplateError } from './template-error.ts';
import { byteLength } from './utf8.ts';
import { compareKeys } from './yaml-key-order.ts';
import { analyzeText, type TextFacts } from './yaml-text.ts';

/** Column after which a space becomes a line break. */
const widthMax = 80;

/** Longest key, in bytes, that is written without a question mark. */
const longestKey = 128;

/**
 * YAML as Go's sigs.k8s.io/yaml writes it: keys in their natural order, lists at the level of their
 * key, plain texts where they stay texts, folded after 80 columns.
 * Source: go.yaml.in/yaml/v2, encode.go, sorter.go and emitterc.go.
 */
export function writeYaml(value: GoValue): string {
  const writer = new YamlWriter();
  writer.root(value);
  return writer.text;
}

class YamlWriter {
  private readonly pieces: string[] = [];
  private column = 0;

  get text(): string {
    return this.pieces.join('');
  }

  root(value: GoValue): void {
    this.value(value, -2, 'root');
    this.newline(0);
  }

  /** Writes a value after a key, a dash, or at the beginning. `indent` is that of what holds it. */
  private value(value: GoValue, indent: number, after: 'root' | 'key' | 'dash'): void {
    if (value instanceof GoMap && value.entries.size > 0) {
      this.mapping(value, indent + 2, after);
    } else if (value instanceof GoList && value.items.length > 0) {
      this.sequence(value, after === 'key' ? indent : indent + 2, after);
    } else {
      if (after !== 'root') this.put(' ');
      this.scalar(value, Math.max(indent, 0) + 2);
    }
  }

  private mapping(map: GoMap, indent: number, after: 'root' | 'key' | 'dash'): void {
    const keys = [...map.entries.keys()].sort(compareKeys);
    for (const [index, key] of keys.entries()) {
      this.startEntry(index, indent, after);
      this.simpleKey(key);
      this.put(':');
      this.value(map.entries.get(key), indent, 'key');
    }
  }

  private sequence(list: GoList, indent: number, after: 'root' | 'key' | 'dash'): void {
    for (const [index, item] of list.items.entries()) {
      this.startEntry(index, indent, after);
      this.put('-');
      this.value(item, indent, 'dash');
    }
  }

  private startEntry(index: number, indent: number, after: 'root' | 'key' | 'dash'): void {
    if (index > 0 || after === 'key') this.newline(indent);
    else if (after === 'dash') this.put(' ');
  }

  private simpleKey(key: string): void {
    const facts = analyzeText(key);
    if (facts.multiline || byteLength(key) > longestKey) {
      throw new UnsupportedTemplateError(`toYaml of the key ${JSON.stringify(key)} in a template`);
    }
    if (isAmbiguousScalar(key)) this.doubleQuoted(key, undefined);
    else if (facts.plainAllowed && key !== '') this.put(key);
    else if (facts.singleAllowed) this.put(`'${key.replaceAll("'", "''")}'`);
    else this.doubleQuoted(key, undefined);
  }

  private scalar(value: GoValue, indent: number): void {
    if (value === null || value === undefined) this.put('null');
    else if (value instanceof GoMap) this.put('{}');
    else if (value instanceof GoList) this.put('[]');
    else if (value instanceof GoInt) this.put(String(value.value));
    else if (typeof value === 'number') this.put(yamlNumber(value));
    else if (typeof value === 'boolean') this.put(String(value));
    else this.textValue(value, indent);
  }

  private textValue(text: string, indent: number): void {
    if (/[\x85\u2028\u2029]/.test(text)) {
      throw new UnsupportedTemplateError(`toYaml of ${JSON.stringify(text)} in a template`);
    }
    const facts = analyzeText(text);
    if (text.includes('\n')) {
      if (facts.blockAllowed) this.literal(text, indent);
      else this.doubleQuoted(text, indent);
    } else if (isAmbiguousScalar(text)) this.doubleQuoted(text, indent);
    else this.singleLine(text, facts, indent);
  }

  private singleLine(text: string, facts: TextFacts, indent: number): void {
    if (facts.plainAllowed) this.folded(text, indent, true);
    else if (facts.singleAllowed) {
      this.put("'");
      this.folded(text.replaceAll("'", "''"), indent, false);
      this.put("'");
    } else this.doubleQuoted(text, indent);
  }

  /** Writes a text; a single space past the width becomes a line break. */
  private folded(text: string, indent: number, plain: boolean): void {
    const chars = [...text];
    for (const [index, char] of chars.entries()) {
      const inner = plain || (index > 0 && index < chars.length - 1);
      const single = chars[index - 1] !== ' ' && chars[index + 1] !== ' ';
      if (char === ' ' && inner && single && this.column > widthMax) this.newline(indent);
      else this.put(char);
    }
  }

  private literal(text: string, indent: number): void {
    this.put('|');
    if (/^[ \n]/.test(text)) this.put('2');
    if (!text.endsWith('\n')) this.put('-');
    else if (text === '\n' || text.endsWith('\n\n')) this.put('+');
    const lines = text.split('\n');
    if (text.endsWith('\n')) lines.pop();
    for (const line of lines) {
      this.newline(line === '' ? 0 : indent);
      this.put(line);
    }
  }

  private doubleQuoted(text: string, indent: number | undefined): void {
    const chars = [...text];
    this.put('"');
    for (const [index, char] of chars.entries()) {
      const inner = index > 0 && index < chars.length - 1 && chars[index - 1] !== ' ';
      if (char === ' ' && inner && indent !== undefined && this.column > widthMax) {
        this.newline(indent);
        if (chars[index + 1] === ' ') this.put('\\');
      } else this.put(escapeCharacter(char));
    }
    this.put('"');
  }

  private put(text: string): void {
    this.pieces.push(text);
    this.column += [...text].length;
  }

  private newline(indent: number): void {
    this.pieces.push('\n', ' '.repeat(Math.max(0, indent)));
    this.column = Math.max(0, indent);
  }
}

/** A number that fits 64 bits in full when it is whole; else as Go prints floats. */
function yamlNumber(value: number): string {
  const json = jsonNumber(value);
  const whole = /^-?[0-9]+$/.test(json) && value >= -(2 ** 63) && value < 2 ** 64;
  return whole ? json : printFloat(value);
}

const shortEscapes: Readonly<Record<string, string>> = {
  '\0': '\\0',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
  '\x1b': '\\e',
  '"': '\\"',
  '\\': '\\\\',
  '\x85': '\\N',
  '\xa0': '\\_',
  '\u2028': '\\L',
  '\u2029': '\\P',
};

function escapeCharacter(char: string): string {
  const short = shortEscapes[char];
  if (short !== undefined) return short;
  const code = char.codePointAt(0) ?? 0;
  if ((code >= 0x20 && code < 0x7f) || (code > 0xa0 && code <= 0xffff && code !== 0xfeff)) {
    return char;
  }
  if (code > 0xffff) return `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
  return code <= 0xff
    ? `\\x${code.toString(16).toUpperCase().padStart(2, '0')}`
    : `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`;
}
