import { Document, isScalar, Scalar, visit } from 'yaml';

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
  /^(?:~|null|true|false|yes|no|on|off|y|n|=|<<|[-+.]?[\d.][\d_.,:xoXOa-fA-F]*(?:[eE][-+]?\d+)?|[-+]?\.(?:inf|nan)|[-+]?0[xob][\w]*|\d{4}-\d{1,2}-\d{1,2}.*)$/i;

/**
 * Formats plain data as YAML, the same for the same data: two blanks per level, sequences at the
 * level of their key, double quotes only where needed, texts of several lines as literal blocks.
 */
export function formatYaml(value: unknown, options: FormatYamlOptions = {}): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && ambiguous.test(node.value)) {
        node.type = Scalar.QUOTE_DOUBLE;
      } else if (isScalar(node) && typeof node.value === 'string' && /\n/.test(node.value)) {
        node.type = Scalar.BLOCK_LITERAL;
      }
    },
  });
  const body = document.toString({ lineWidth: 0, indentSeq: false, minContentWidth: 0 });
  return comment(options) + body;
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
