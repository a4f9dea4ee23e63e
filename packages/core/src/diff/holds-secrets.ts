import { parseYamlDocuments } from '../yaml/parse-yaml.ts';
import { createMasker } from './mask.ts';
import { mentionsSecret } from './secret-blocks.ts';
import { isSecretClass, keyJudge } from './secret-keys.ts';
import { findSecrets } from './secret-patterns.ts';
import { allMatches } from './spans.ts';

const judge = keyJudge();

/**
 * Whether a rendered manifest holds anything that is masked where nothing else is set. What cannot be
 * read may hold something. Most manifests are judged by their text; they are parsed when that says that
 * they may.
 */
export function holdsSecrets(manifest: string): boolean {
  return mayHoldSecrets(manifest) && holdsMasked(manifest);
}

function holdsMasked(manifest: string): boolean {
  const masker = createMasker({ digest: () => 'found' });
  try {
    return parseYamlDocuments(manifest, 'manifest').some(
      ({ value }) => masker.maskObject(value) !== value,
    );
  } catch {
    return true;
  }
}

/** False only for a manifest of which nothing would be masked. */
function mayHoldSecrets(text: string): boolean {
  return (
    oddYaml.test(text) ||
    mentionsSecret(text) ||
    text.includes('SecretList') ||
    namesSecretValue(text) ||
    namesSecretFlag(text) ||
    oddKey.test(text) ||
    findSecrets(text, { judge, hasEntropy: true, isEager: true }).length > 0
  );
}

/** Escaped characters and lines in quotes, such as `\n` right before a word, and keys on lines of their own. */
const oddYaml = /\\(?:[xuU]|\r?\n|\w[\w"'\\-])|^[ \t]*(?:-[ \t]+)*\?[ \t]/m;
/** A word for a secret in a key with more than letters and digits. */
const oddKey =
  /(?:pass|pwd|secret|token|cred|key|dsn|jwt|salt|mnemonic|conn)[^\n:=]{0,64}[^\w\s"'./:=-][ \t]{0,8}["']?[ \t]?:/im;
const nameLine =
  /(?<![\w.])(?:name|key)\\{0,7}["']?\s{0,4}:\s{0,4}\\{0,7}["']?([^\n"',}\\]{1,256})/g;

/** Whether something named like a secret has a `value` within a few lines. */
function namesSecretValue(text: string): boolean {
  for (const { index, 0: match, 1: name = '' } of allMatches(text, nameLine)) {
    const { class: kind } = judge(name);
    if (kind === 'plain' || kind === 'public' || kind === 'kept') continue;
    if (/\bvalue\b/.test(around(text, index, index + match.length))) return true;
  }
  return false;
}

/** The three lines before and behind a place, if they are no longer than usual. */
function around(text: string, start: number, end: number): string {
  let [from, to] = [start, end];
  for (let lines = 0; lines < 3 && from > 0; lines += 1) from = text.lastIndexOf('\n', from - 1);
  for (let lines = 0; lines < 3 && to >= 0; lines += 1) to = text.indexOf('\n', to + 1);
  return text.slice(Math.max(from, 0, start - 4096), to < 0 ? end + 4096 : to);
}

const loneFlag = /(?<![\w-])--?([A-Za-z][\w.-]{0,63})(?![\w.=-])/g;

/** Whether an argument such as `--password` stands alone, with the secret in the next one. */
function namesSecretFlag(text: string): boolean {
  for (const { 1: flag = '' } of allMatches(text, loneFlag)) {
    if (isSecretClass(judge(flag))) return true;
  }
  return false;
}
