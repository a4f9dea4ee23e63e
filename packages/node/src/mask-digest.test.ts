import { describe, expect, it } from 'vitest';
import { maskDigest } from './mask-digest.ts';

describe('maskDigest', () => {
  it('is an HMAC with SHA-256, cut to 8 hexadecimal digits', () => {
    // Test case 2 of RFC 4231.
    expect(maskDigest('Jefe')('what do ya want for nothing?')).toBe('5bdcc146');
  });

  it('tells texts and keys apart', () => {
    const digests = [
      maskDigest('one')('a'),
      maskDigest('one')('b'),
      maskDigest('one')(''),
      maskDigest('two')('a'),
      maskDigest()('a'),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('is the same within a process without a key', () => {
    expect(maskDigest()('a')).toBe(maskDigest()('a'));
    expect(maskDigest()('ü🌊')).toMatch(/^[0-9a-f]{8}$/);
  });
});
