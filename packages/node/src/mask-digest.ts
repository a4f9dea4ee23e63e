import { createHmac, randomBytes } from 'node:crypto';

const digestLength = 8;
const processKey = randomBytes(32);

/**
 * A keyed digest for masks: nobody without the key can try out values against it. Without a key one is
 * made for this process, and the same value has another digest next time.
 */
export function maskDigest(key?: string): (text: string) => string {
  const secret = key ?? processKey;
  return (text) => createHmac('sha256', secret).update(text).digest('hex').slice(0, digestLength);
}
