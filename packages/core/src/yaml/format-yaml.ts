import { Document, Scalar, visit } from 'yaml';

/** Options of generated YAML. */
export interface FormatYamlOptions {
  /** Written above the document as a `# ` comment. Default: none. */
  readonly comment?: string;
}

/**
 * Plain texts that some YAML 1.1 reader (Helm, kubectl, Argo CD) takes for something else: booleans,
 * null, numbers in any base, sexagesimals, dates, merge keys. They are quoted.
 */
const ambiguous =
  /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<|[-+]?\.?_*[\d.][\d_.,:xoXOa-fA-F]*(?:[eE][-+]?[\d_]+)?|[-+]?\.(?:inf|nan)|[-+]?0[xob][\w]*|\d{4}-\d{1,2}-\d{1,2}.*)$/i;

/** Whether a text must be in quotes lest some YAML reader, 1.1 or 1.2, takes it for another type. */
export function isAmbiguousPlain(text: string): boolean {
  return ambiguous.test(text);
}

/**
 * What YAML 1.1 readers refuse or take for a line break, and what would not survive between the
 * quotes of any style but the double ones.
 */
const unprintable =
  // eslint-disable-next-line no-control-regex
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
const everyUnprintable = new RegExp(unprintable, 'g');

/** Whether a text has a character that only an escape in double quotes can stand for. */
export function isUnprintable(text: string): boolean {
  return unprintable.test(text);
}

/** A text in double quotes, on one line, as every YAML reader understands it. */
export function quoteYaml(text: string): string {
  return escapeUnprintable(JSON.stringify(text));
}

function escapeUnprintable(quoted: string): string {
  return quoted.replace(
    everyUnprintable,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Texts of several lines that a literal block keeps as they are, for every reader. */
function fitsBlock(text: string): boolean {
  return /^\S/.test(text) && text.includes('\n') && !/\n[ \t]+(?:\n|$)/.test(text);
}

/**
 * Formats plain data as YAML, the same for the same data: two blanks per level, sequences at the
 * level of their key, double quotes only where needed, texts of several lines as literal blocks.
 */
export function formatYaml(value: unknown, options: FormatYamlOptions = {}): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      const style = typeof node.value === 'string' ? styleOf(node.value) : undefined;
      if (style !== undefined) node.type = style;
    },
  });
  const body = document.toString({ lineWidth: 0, indentSeq: false, minContentWidth: 0 });
  // Such characters are in double quotes wherever they are.
  return comment(options) + escapeUnprintable(body);
}

function styleOf(text: string): Scalar.Type | undefined {
  if (isAmbiguousPlain(text) || isUnprintable(text)) return Scalar.QUOTE_DOUBLE;
  if (!/[\n\t]/.test(text)) return undefined;
  return fitsBlock(text) ? Scalar.BLOCK_LITERAL : Scalar.QUOTE_DOUBLE;
}

/** Formats several documents, separated by `---`. */
export function formatYamlDocuments(
  values: readonly unknown[],
  options: FormatYamlOptions = {},
): string {
  return comment(options) + values.map((value) => formatYaml(value)).join('---\n');
}

function comment(options: FormatYamlOptions): string {
  if (options.comment === undefined) return '';
  return options.comment
    .split('\n')
    .map((line) => `# ${line}`.trimEnd() + '\n')
    .join('');
}
