import { anyFunction, textFunction, type GoFunction } from '../go-function.ts';
import { readJson, writeJson } from '../go-json.ts';
import { fromBytes, toBytes } from '../utf8.ts';
import { adler32, sha1, sha256 } from './hashes.ts';

/** Encodings and hashes. Source: Masterminds/sprig v3.3.0, strings.go, defaults.go and crypto.go. */
export const encodingFunctions: Readonly<Record<string, GoFunction>> = {
  b64enc: textFunction(1, (text) => encode(toBytes(text), base64)),
  b64dec: textFunction(1, (text) => decode(text, base64)),
  b32enc: textFunction(1, (text) => encode(toBytes(text), base32)),
  b32dec: textFunction(1, (text) => decode(text, base32)),
  sha1sum: textFunction(1, (text) => sha1(toBytes(text))),
  sha256sum: textFunction(1, (text) => sha256(toBytes(text))),
  adler32sum: textFunction(1, (text) => adler32(toBytes(text))),
  toJson: anyFunction(1, (value) => writeJson(value, { escapeHtml: true })),
  mustToJson: anyFunction(1, (value) => writeJson(value, { escapeHtml: true })),
  toPrettyJson: anyFunction(1, (value) => writeJson(value, { escapeHtml: true, indent: '  ' })),
  mustToPrettyJson: anyFunction(1, (value) => writeJson(value, { escapeHtml: true, indent: '  ' })),
  toRawJson: anyFunction(1, (value) => writeJson(value, { escapeHtml: false })),
  mustToRawJson: anyFunction(1, (value) => writeJson(value, { escapeHtml: false })),
  fromJson: { ...textFunction(1, (text) => readJson(text) ?? null), returnsAny: true },
  mustFromJson: {
    ...textFunction(1, (text) => {
      const value = readJson(text);
      if (value === undefined) throw new Error('invalid JSON');
      return value;
    }),
    returnsAny: true,
  },
};

/** An alphabet whose characters stand for a number of bits, in groups of characters. */
interface Alphabet {
  readonly name: string;
  readonly characters: string;
  readonly bits: number;
  readonly group: number;
}

const base64: Alphabet = {
  name: 'base64',
  characters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/',
  bits: 6,
  group: 4,
};
const base32: Alphabet = {
  name: 'base32',
  characters: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567',
  bits: 5,
  group: 8,
};

function encode(bytes: readonly number[], { characters, bits, group }: Alphabet): string {
  const digits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const chunks = digits.match(new RegExp(`.{1,${bits}}`, 'g')) ?? [];
  const text = chunks
    .map((chunk) => characters.charAt(parseInt(chunk.padEnd(bits, '0'), 2)))
    .join('');
  return text.padEnd(Math.ceil(text.length / group) * group, '=');
}

/** Decodes a text; what is not valid gives Go's complaint instead, as in Argo CD. */
function decode(text: string, alphabet: Alphabet): string {
  const plain = text.replaceAll(/[\r\n]/g, '');
  const data = plain.replace(/=+$/, '');
  const wrong = [...data].findIndex((char) => !alphabet.characters.includes(char));
  const whole = plain.length % alphabet.group === 0;
  if (wrong >= 0 || !whole) {
    const at = wrong >= 0 ? wrong : Math.floor(plain.length / alphabet.group) * alphabet.group;
    return `illegal ${alphabet.name} data at input byte ${at}`;
  }
  const digits = [...data]
    .map((char) => alphabet.characters.indexOf(char).toString(2).padStart(alphabet.bits, '0'))
    .join('');
  return fromBytes((digits.match(/[01]{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}
