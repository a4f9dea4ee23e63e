import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8Decode, utf8Encode } from './utf8.ts';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  let out = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const [a = 0, b, c] = [bytes[index], bytes[index + 1], bytes[index + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    out += alphabet.charAt(bits >> 18) + alphabet.charAt((bits >> 12) & 63);
    out += b === undefined ? '=' : alphabet.charAt((bits >> 6) & 63);
    out += c === undefined ? '=' : alphabet.charAt(bits & 63);
  }
  return out;
}

/** Position of the first character that base64 does not have there, or -1 when the text is base64. */
export function base64Fault(text: string): number {
  const lines = text.replace(/[\r\n]/g, '');
  const body = lines.replace(/={0,2}$/, '');
  const bad = /[^A-Za-z0-9+/]/.exec(body);
  if (bad !== null) return bad.index;
  return lines.length % 4 === 0 ? -1 : Math.floor(lines.length / 4) * 4;
}

/** Length in bytes of what base64 holds. */
export function base64Length(text: string): number {
  return Math.floor((text.replace(/[\r\n=]/g, '').length * 3) / 4);
}

/** Bytes that base64 holds, as text. */
export function fromBase64(text: string): string {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) continue;
    bits = ((bits << 6) | value) & 0xffffff;
    count += 6;
    if (count >= 8) {
      count -= 8;
      bytes.push((bits >> count) & 255);
    }
  }
  return utf8Decode(Uint8Array.from(bytes));
}

export function base64Of(text: string): string {
  return toBase64(utf8Encode(text));
}

export function base64UrlOf(text: string): string {
  return base64Of(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64Url(text: string): string {
  return fromBase64(text.replaceAll('-', '+').replaceAll('_', '/'));
}

/** The hash that discovery shows for where a kind is stored. */
export function storageVersionHash(group: string, version: string, kind: string): string {
  return toBase64(sha256(utf8Encode(`${group}/${version}/${kind}`)).subarray(0, 8));
}

export function signature(key: string, text: string): string {
  const bytes = hmac(sha256, utf8Encode(key), utf8Encode(text));
  return toBase64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

/** 32 bits of FNV-1a, for short names that depend on content. */
export function fnv32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of utf8Encode(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash >>> 0;
}

const safe = 'bcdfghjklmnpqrstvwxz2456789';

/** Digits in letters that make no words, as Kubernetes writes hashes and random ends of names. */
export function safeEncode(text: string): string {
  return [...text].map((character) => safe.charAt(character.charCodeAt(0) % safe.length)).join('');
}

export function safeCharacter(number: number): string {
  return safe.charAt(number % safe.length);
}
