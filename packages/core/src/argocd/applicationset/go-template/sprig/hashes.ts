/** Hashes, for templates that shorten names: FIPS 180-4 and RFC 1950. */

const words = (bytes: readonly number[], offset: number): number[] =>
  Array.from({ length: 16 }, (_, index) => {
    const at = offset + index * 4;
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(at, at + 4);
    return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  });

/** The message with its end mark and its length in bits, in blocks of 64 bytes. */
function padded(bytes: readonly number[]): number[] {
  const zeros = (119 - (bytes.length % 64)) % 64;
  const bits = BigInt(bytes.length) * 8n;
  const length = Array.from({ length: 8 }, (_, index) =>
    Number((bits >> BigInt(56 - 8 * index)) & 0xffn),
  );
  return [...bytes, 0x80, ...Array.from({ length: zeros }, () => 0), ...length];
}

function rotateRight(value: number, by: number): number {
  return ((value >>> by) | (value << (32 - by))) >>> 0;
}

function hex(values: readonly number[]): string {
  return values.map((value) => value.toString(16).padStart(8, '0')).join('');
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate += 1) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
}

function fractionBits(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32);
}

const roundConstants = primes(64).map((prime) => fractionBits(Math.cbrt(prime)));
const initialState = primes(8).map((prime) => fractionBits(Math.sqrt(prime)));

/** SHA-256 in hexadecimal. */
export function sha256(bytes: readonly number[]): string {
  const message = padded(bytes);
  let state = initialState;
  for (let at = 0; at < message.length; at += 64) state = sha256Block(state, words(message, at));
  return hex(state);
}

function sha256Block(state: readonly number[], block: readonly number[]): number[] {
  const schedule = [...block];
  for (let at = 16; at < 64; at += 1) {
    const [before15 = 0, before2 = 0] = [schedule[at - 15], schedule[at - 2]];
    const small0 = rotateRight(before15, 7) ^ rotateRight(before15, 18) ^ (before15 >>> 3);
    const small1 = rotateRight(before2, 17) ^ rotateRight(before2, 19) ^ (before2 >>> 10);
    schedule.push(((schedule[at - 16] ?? 0) + small0 + (schedule[at - 7] ?? 0) + small1) >>> 0);
  }
  const mixed = schedule.reduce(sha256Round, state);
  return state.map((value, index) => (value + (mixed[index] ?? 0)) >>> 0);
}

function sha256Round(state: readonly number[], word: number, round: number): number[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  const big1 = rotateRight(e, 6) ^ rotateRight(e, 11) ^ rotateRight(e, 25);
  const choice = (e & f) ^ (~e & g);
  const one = (h + big1 + choice + (roundConstants[round] ?? 0) + word) >>> 0;
  const big0 = rotateRight(a, 2) ^ rotateRight(a, 13) ^ rotateRight(a, 22);
  const two = (big0 + ((a & b) ^ (a & c) ^ (b & c))) >>> 0;
  return [(one + two) >>> 0, a, b, c, (d + one) >>> 0, e, f, g];
}

/** SHA-1 in hexadecimal. */
export function sha1(bytes: readonly number[]): string {
  const message = padded(bytes);
  let state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];
  for (let at = 0; at < message.length; at += 64) state = sha1Block(state, words(message, at));
  return hex(state);
}

function sha1Block(state: readonly number[], block: readonly number[]): number[] {
  const schedule = [...block];
  for (let at = 16; at < 80; at += 1) {
    const mixed =
      (schedule[at - 3] ?? 0) ^
      (schedule[at - 8] ?? 0) ^
      (schedule[at - 14] ?? 0) ^
      (schedule[at - 16] ?? 0);
    schedule.push(rotateRight(mixed, 31));
  }
  const mixed = schedule.reduce(sha1Round, state);
  return state.map((value, index) => (value + (mixed[index] ?? 0)) >>> 0);
}

function sha1Round(state: readonly number[], word: number, round: number): number[] {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = state;
  const [chosen, constant] = sha1Choice(round, b, c, d);
  const sum = (rotateRight(a, 27) + chosen + e + constant + word) >>> 0;
  return [sum, a, rotateRight(b, 2), c, d];
}

function sha1Choice(round: number, b: number, c: number, d: number): [number, number] {
  if (round < 20) return [(b & c) | (~b & d), 0x5a827999];
  if (round < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (round < 60) return [(b & c) | (b & d) | (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}

/** Adler-32 as a decimal number. */
export function adler32(bytes: readonly number[]): string {
  let [a, b] = [1, 0];
  for (const byte of bytes) {
    a = (a + byte) % 65521;
    b = (b + a) % 65521;
  }
  return String(b * 65536 + a);
}
