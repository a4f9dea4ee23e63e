import { readYaml, YamlFault, type JsonValue } from './manifest-yaml.ts';

/** Documents up to the first that is none, and what is wrong with that one. */
export interface ManifestStream {
  readonly documents: readonly JsonValue[];
  readonly fault?: string;
}

/**
 * Reads a stream of YAML documents, or of JSON objects one behind the other, as Kubernetes' decoder does that
 * Argo CD uses for Helm's output and for the files of a directory. Documents without content are left out.
 *
 * See `YAMLOrJSONDecoder` in
 * https://github.com/kubernetes/apimachinery/blob/v0.36.1/pkg/util/yaml/decoder.go
 */
export function readManifestStream(text: string): ManifestStream {
  if (!/^\s*\{/.test(text)) return readYamlStream(text);
  const documents: JsonValue[] = [];
  let at = 0;
  for (;;) {
    const rest = text.slice(at);
    if (rest.trim() === '') return { documents };
    const found = firstJson(rest);
    if (found === undefined) return restAsYaml(documents, rest);
    documents.push(found.value);
    at += found.length;
  }
}

/** What follows one object may still be YAML; behind two it is JSON for certain. */
function restAsYaml(documents: readonly JsonValue[], rest: string): ManifestStream {
  const fault = `json: offset ${rest.length}: invalid character in a JSON value`;
  if (documents.length > 1) return { documents, fault };
  const more = readYamlStream(rest.replace(/^[^\S\n]*\n/, ''));
  return {
    documents: [...documents, ...more.documents],
    ...(more.fault === undefined ? {} : { fault: documents.length === 0 ? fault : more.fault }),
  };
}

/** The JSON value that a text begins with, and how much of the text it takes. */
export function firstJson(text: string): { value: JsonValue; length: number } | undefined {
  const length = jsonLength(text);
  try {
    return { value: JSON.parse(text.slice(0, length)) as JsonValue, length };
  } catch {
    return undefined;
  }
}

function jsonLength(text: string): number {
  let depth = 0;
  const tokens = /"(?:[^"\\]|\\.)*"|[{}[\]]/gs;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    if (depth <= 0) return index + token.length;
  }
  return text.length;
}

function readYamlStream(text: string): ManifestStream {
  const documents: JsonValue[] = [];
  let lines: string[] = [];
  const flush = (): string | undefined => {
    const document = lines.join('\n');
    lines = [];
    return document.trim() === '' ? undefined : readInto(documents, `${document}\n`);
  };
  for (const line of text.replace(/\r?\n$/, '').split(/\r?\n/)) {
    const behind = line.startsWith('---') ? line.slice(3).trim() : undefined;
    if (behind === undefined) {
      lines.push(line);
      continue;
    }
    const isSeparator = behind === '' || behind.startsWith('#');
    const fault = isSeparator ? flush() : `invalid Yaml document separator: ${behind}`;
    if (fault !== undefined) return { documents, fault };
  }
  const fault = flush();
  return fault === undefined ? { documents } : { documents, fault };
}

function readInto(documents: JsonValue[], document: string): string | undefined {
  try {
    const value = readYaml(document);
    if (value !== null && value !== undefined) documents.push(value);
    return undefined;
  } catch (error) {
    if (error instanceof YamlFault) return error.message;
    throw error;
  }
}
