import { findAssignments, keyBefore, quotedAt, wordAt } from './secret-assignments.ts';
import { decodeBase64 } from './base64.ts';
import { looksRandom, looksRandomHex } from './randomness.ts';
import { isSecretClass, passwordKey, type KeyJudge } from './secret-keys.ts';
import { isSecretValue } from './secret-values.ts';
import { allMatches, type Span } from './spans.ts';

export interface TextOptions {
  readonly judge: KeyJudge;
  /** Whether what looks as if drawn at random is a secret. */
  readonly hasEntropy: boolean;
  /** Whether 40 hexadecimal digits are the name of a commit. */
  readonly hasCommits?: boolean;
  /** Also reports what may hold a secret and is not looked into. */
  readonly isEager?: boolean;
}

const none: readonly Span[] = [];

/**
 * Likely secrets in a text: values of keys that name one, tokens of well-known shapes, private keys,
 * passwords in URLs, what looks as if drawn at random; and what pretends to be masked.
 */
export function findSecrets(text: string, options: TextOptions): readonly Span[] {
  if (text.length < 4 || (text.length < 16 && !/[:=<@ ]/.test(text))) return none;
  const spans: Span[] = [];
  const add = (found: readonly Span[]): void => {
    for (const span of found) spans.push(span);
  };
  if (text.includes('<')) add(findPretended(text));
  if (/[:=]/.test(text)) add(findAssignments(text, options));
  if (text.includes('://') || text.includes('@')) add(findUrlPasswords(text));
  if (text.includes(' ')) add(findWordsBehind(text, options.judge));
  if (text.length >= 16) add(findTokens(text));
  if (text.length >= 20) {
    const blocks = findPemBlocks(text);
    add(blocks.secrets);
    if (options.hasEntropy) add(findRandom(text, options, blocks.publics));
  }
  return spans;
}

const pretended = /<\s{0,4}masked\b[^>\n]{0,120}>?/gi;

/** What reads like our own mask. */
export function findPretended(text: string): Span[] {
  return matches(text, pretended);
}

function matches(text: string, pattern: RegExp): Span[] {
  const spans: Span[] = [];
  for (const match of allMatches(text, pattern)) {
    spans.push({ start: match.index, end: match.index + match[0].length });
  }
  return spans;
}

/** Shapes of tokens, of password hashes and of private keys in one line. */
const tokenShapes = new RegExp(
  [
    // GitLab, GitHub, npm, PyPI, Docker.
    String.raw`\bgl(?:pat|ptt|dt|rt|rtr|cbt|imt|ft|soat|agent|ffct|oas)-[\w-]{16,}`,
    String.raw`\bgh[pousr]_[A-Za-z0-9]{16,}|\bgithub_pat_\w{20,}`,
    String.raw`\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{40,}|\bdckr_pat_[\w-]{20,}`,
    // AWS, Google, DigitalOcean, Azure.
    String.raw`\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b`,
    String.raw`\bAIza[\w-]{35}|\bya29\.[\w-]{20,}|\bdo[opr]_v1_[a-f0-9]{64}`,
    String.raw`[?&]sig=[^&\s"']{20,}`,
    // Slack, Stripe, SendGrid, OpenAI, Anthropic, Grafana, Shopify, Atlassian.
    String.raw`\bxox[a-z]-[\w-]{10,}|\bxapp-[\w-]{10,}`,
    String.raw`\bhooks\.slack\.com/services/[\w/]{20,}`,
    String.raw`\b[rs]k_(?:live|test)_[A-Za-z0-9]{10,}|\bSG\.[\w-]{16,}\.[\w-]{16,}`,
    String.raw`\bsk-(?:proj|ant|svcacct)-[\w-]{20,}`,
    String.raw`\bgls?a_[A-Za-z0-9]{32}_[a-f0-9]{8}|\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}`,
    String.raw`\bATATT3[\w=-]{20,}`,
    // Vault, Artifactory, Tailscale.
    String.raw`\bhv[sbr]\.[\w-]{20,}|\bs\.[A-Za-z0-9]{24}\b`,
    String.raw`\bAKCp[A-Za-z0-9]{50,}|\bcmVmd[A-Za-z0-9]{50,}|\btskey-[\w-]{16,}`,
    // JSON Web Tokens; extended private keys; age.
    String.raw`(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?`,
    String.raw`\b[txyz]prv[1-9A-HJ-NP-Za-km-z]{90,}|\bAGE-SECRET-KEY-1[A-Z0-9]{40,}`,
    // Hashes of passwords.
    String.raw`\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}|\$argon2(?:id?|d)\$[\w$=,+/.-]{20,}`,
    String.raw`\$(?:1|5|6|apr1|y|7)\$[./\w$=]{1,40}\$[./\w]{20,}|\bSCRAM-SHA-\d+\$[\w$:=+/]{20,}`,
  ].join('|'),
  'g',
);
const bearer = /\b(?:Bearer|Basic)\s{1,4}([\w.~+/=-]{8,})/gi;
const authorization =
  /\bauthorization\\{0,7}["']?\s{0,4}[:=]\s{0,4}\\{0,7}["']?(?:bearer|basic|token|apikey|digest)\s{1,4}([^\s"'\\,]+)/gi;
const bareAuthorization =
  /\bauthorization\\{0,7}["']?\s{0,4}[:=]\s{0,4}\\{0,7}["']?([^\s"'\\,]{4,})/gi;

/** Tokens of well-known shapes. */
export function findTokenShapes(text: string): Span[] {
  return matches(text, tokenShapes);
}

function findTokens(text: string): Span[] {
  const spans = findTokenShapes(text);
  // A word of prose may follow as well, such as "basic authentication".
  const isNoWord = (value: string): boolean => /[\d=]|[a-z][A-Z]/.test(value);
  if (/bearer|basic/i.test(text)) spans.push(...groups(text, bearer, isNoWord));
  if (/authorization/i.test(text)) {
    spans.push(...groups(text, authorization, isPassword));
    spans.push(...groups(text, bareAuthorization, isNoWord));
  }
  return spans;
}

function isPassword(value: string): boolean {
  return isSecretValue(passwordKey, value);
}

/** The first group of each match. It ends where the match ends. */
function groups(text: string, pattern: RegExp, accept: (value: string) => boolean): Span[] {
  const spans: Span[] = [];
  for (const match of allMatches(text, pattern)) {
    const value = match[1] ?? '';
    const end = match.index + match[0].length;
    if (accept(value)) spans.push({ start: end - value.length, end });
  }
  return spans;
}

const publicPem = /CERTIFICATE|PUBLIC KEY|X509 CRL|PARAMETERS|CMS|PKCS7/;
const begin = '-----BEGIN ';

/** Blocks with lines of dashes around them: private ones, and those that are public. */
function findPemBlocks(text: string): { secrets: Span[]; publics: Span[] } {
  const [secrets, publics]: [Span[], Span[]] = [[], []];
  let start = text.indexOf(begin);
  while (start >= 0) {
    const label =
      text.slice(start + begin.length, start + begin.length + 64).split('-----')[0] ?? '';
    const close = text.indexOf('-----END ', start);
    const last = close < 0 ? -1 : text.indexOf('-----', close + 9);
    const end = last < 0 ? text.length : last + 5;
    (publicPem.test(label) ? publics : secrets).push({ start, end });
    start = text.indexOf(begin, end);
  }
  return { secrets, publics };
}

/** Passwords in URLs, and in the connection texts of Go's MySQL and Oracle's drivers. */
function findUrlPasswords(text: string): Span[] {
  const spans: Span[] = [];
  let at = text.indexOf('://');
  while (at >= 0) {
    const next = text.indexOf('://', at + 3);
    const end = Math.min(next < 0 ? text.length : next, at + 3 + userInfoMax);
    const span = passwordIn(text.slice(at + 3, end));
    if (span !== undefined) spans.push({ start: at + 3 + span.start, end: at + 3 + span.end });
    at = next;
  }
  spans.push(...findDriverPasswords(text));
  return spans;
}

/** Longer user infos are none. */
const userInfoMax = 2048;

/** The password in what stands behind `://`. It may hold characters that it ought not to. */
function passwordIn(rest: string): Span | undefined {
  const url = urlOf(rest);
  const slash = url.search(/[/?#]/);
  const authority = slash < 0 ? url : url.slice(0, slash);
  const colon = authority.indexOf(':');
  const isPort = /^:\d{1,5}(?:[/?#]|$)/.test(url.slice(Math.max(colon, 0)));
  const within = authority.includes('@') || isPort ? authority : url;
  const host = within.lastIndexOf('@');
  if (colon < 0 || host < colon || url.startsWith('@sha256:', host)) return undefined;
  const span = { start: colon + 1, end: host };
  return isPassword(url.slice(span.start, span.end)) ? span : undefined;
}

/** Up to what no URL has; a single quote ends it only behind the user. */
function urlOf(rest: string): string {
  const length = rest.search(/[\s"<>`]/);
  const url = length < 0 ? rest : rest.slice(0, length);
  const user = url.indexOf('@');
  const quote = user < 0 ? -1 : url.indexOf("'", user);
  return quote < 0 ? url : url.slice(0, quote);
}

const goDsn = /[^\s:@/"']{1,64}:([^\s@]{1,256})@(?=(?:tcp|unix|udp)\()/g;
const oracleDsn = /\bjdbc:oracle:\w{1,16}:[^\s/@]{1,64}\/([^\s@]{1,256})@/g;

function findDriverPasswords(text: string): Span[] {
  const spans: Span[] = [];
  if (/@(?:tcp|unix|udp)\(/.test(text)) spans.push(...inner(text, goDsn));
  if (text.includes('jdbc:oracle:')) spans.push(...inner(text, oracleDsn));
  return spans;
}

/** The first group of each match, which one `@` follows. */
function inner(text: string, pattern: RegExp): Span[] {
  return allMatches(text, pattern).map((match) => {
    const end = match.index + match[0].length - 1;
    return { start: end - (match[1] ?? '').length, end };
  });
}

const flag = /(?:^|[\s"'`([,])--?([A-Za-z][\w.-]{0,63})[ \t]{1,8}(?=[^\s-])/g;
const knownWords = /^[ \t]*(?:requirepass|masterauth)[ \t]{1,8}(\S{1,256})/gm;
const netrc = /\blogin[ \t]{1,8}\S{1,128}[ \t]{1,8}password[ \t]{1,8}(\S{1,256})/g;
const userOption = /(?:^|\s)(?:-u|--user|--proxy-user)[ =]["']?[^\s:"']{1,128}:([^\s"']{1,256})/g;

/** Secrets that a blank separates from what names them. */
function findWordsBehind(text: string, judge: KeyJudge): Span[] {
  const spans: Span[] = [];
  if (text.includes('-')) {
    for (const match of allMatches(text, flag)) {
      const info = judge(match[1] ?? '');
      if (!isSecretClass(info)) continue;
      const start = match.index + match[0].length;
      const span = quotedAt(text, start) ?? wordAt(text, start);
      if (isSecretValue(info, text.slice(span.start, span.end))) spans.push(span);
    }
    spans.push(...groups(text, userOption, isPassword));
  }
  if (/requirepass|masterauth/.test(text)) spans.push(...groups(text, knownWords, isPassword));
  if (text.includes('login')) spans.push(...groups(text, netrc, isPassword));
  return spans;
}

const hexRun = /(?<![A-Za-z0-9])(?:0x)?[0-9a-fA-F]{32,}(?![A-Za-z0-9])/g;
/** Multihashes of libp2p and IPFS: names of peers and contents. */
const peerId =
  /^(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|12D3Koo[1-9A-HJ-NP-Za-km-z]{45}|16Uiu2[1-9A-HJ-NP-Za-km-z]{46,48})$/;
/** Before a public key, the digest of an image, a node's address. */
const publicPrefix =
  /(?:ssh-(?:rsa|dss|ed25519) |ecdsa-sha2-nistp\d{3} |sk-[\w@.-]{8,40} |sha(?:1|256|384|512)[:-]|SHA256:|enode:\/\/|enr:)$/;

/** Shorter runs say too little. */
const runLengthMin = 20;
/** Characters of base64 in all its alphabets. */
const isRunCode = new Uint8Array(128);
for (const char of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-') {
  isRunCode[char.charCodeAt(0)] = 1;
}

/** Looks at the end of each place where a run may stand first, so most of a text is skipped. */
function findRuns(text: string): Span[] {
  const runs: Span[] = [];
  let start = 0;
  while (start + runLengthMin <= text.length) {
    let at = start + runLengthMin - 1;
    while (at >= start && isRunAt(text, at)) at -= 1;
    if (at >= start) {
      start = at + 1;
      continue;
    }
    let end = start + runLengthMin;
    while (end < text.length && isRunAt(text, end)) end += 1;
    runs.push({ start, end: withPadding(text, end) });
    start = end + 1;
  }
  return runs;
}

function isRunAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 && isRunCode[code] === 1;
}

function withPadding(text: string, end: number): number {
  if (text.charAt(end) !== '=') return end;
  return text.charAt(end + 1) === '=' ? end + 2 : end + 1;
}

/** Runs that look as if drawn at random. */
function findRandom(text: string, options: TextOptions, publics: readonly Span[]): Span[] {
  const spans: Span[] = [];
  let at = 0;
  for (const { start, end } of findRuns(text)) {
    while ((publics[at]?.end ?? Infinity) <= start) at += 1;
    if ((publics[at]?.start ?? Infinity) < end) continue;
    for (const span of secretParts(text.slice(start, end))) {
      const part = { start: start + span.start, end: start + span.end };
      if (!isPublic(text, part, options)) spans.push(part);
    }
  }
  return spans;
}

/** Parts of a run that look random: hexadecimal numbers in it, or the whole of it. */
function secretParts(value: string): Span[] {
  const hex = matches(value, hexRun);
  if (hex.length > 0) {
    return hex.filter(({ start, end }) => isSecretHex(value.slice(start, end)));
  }
  return looksRandom(value) ? [{ start: 0, end: value.length }] : [];
}

/** With `0x`, only 32 bytes may be a private key: others are addresses, public keys and code. */
function isSecretHex(value: string): boolean {
  if (value.startsWith('0x')) return value.length === 66 && looksRandomHex(value.slice(2));
  return looksRandomHex(value);
}

function isPublic(text: string, { start, end }: Span, options: TextOptions): boolean {
  const value = text.slice(start, end);
  const isCommit = value.length === 40 && /^[0-9a-f]+$/.test(value);
  // `<node id>@<host>` as Tendermint and others write it.
  if (isCommit && (options.hasCommits === true || text.charAt(end) === '@')) return true;
  if (publicPrefix.test(text.slice(Math.max(0, start - 48), start))) return true;
  if (peerId.test(value) || isPublicBase64(value)) return true;
  const info = keyBefore(text, start, options.judge);
  return info.isDigest || info.class === 'public' || info.class === 'kept';
}

/** A certificate or a public key, as base64 of its PEM, or with its SSH type in front. */
function isPublicBase64(value: string): boolean {
  if (/^sha(?:256|384|512)-/.test(value)) return true;
  // Pictures.
  if (/^(?:iVBORw0KGgo|\/9j\/4AAQ|R0lGOD[ld]h)/.test(value)) return true;
  if (/^AAAA(?:B3NzaC1|E2VjZHNh|C3NzaC1l|GnNrLXNz|InNrLWVj)/.test(value)) return true;
  if (!value.startsWith('LS0tLS1CRUdJTi')) return false;
  const text = decodeBase64(value);
  return text !== undefined && publicPem.test(text) && !text.includes('PRIVATE');
}
