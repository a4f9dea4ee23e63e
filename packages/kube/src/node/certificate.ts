import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** A certificate for the loopback address, signed by itself, and its key. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = Buffer.from(
    body.length.toString(16).padStart(body.length > 0xff ? 4 : 2, '0'),
    'hex',
  );
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);

/** An object identifier: the first two numbers share a byte, the others are in groups of seven bits. */
function identifier(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const number of rest) {
    const groups: number[] = [];
    for (let value = number; groups.length === 0 || value > 0; value = Math.floor(value / 128))
      groups.unshift(value % 128);
    groups.forEach((group, index) => bytes.push(index < groups.length - 1 ? group | 0x80 : group));
  }
  return der(0x06, Buffer.from(bytes));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14);
  return der(0x18, Buffer.from(`${text}Z`));
}

function name(common: string): Buffer {
  return sequence(der(0x31, sequence(identifier('2.5.4.3'), der(0x0c, Buffer.from(common)))));
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  const mark = critical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(identifier(id), ...mark, der(0x04, value));
}

function extensions(): Buffer {
  const names = sequence(
    der(0x82, Buffer.from('localhost')),
    der(0x87, Buffer.from([127, 0, 0, 1])),
    der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.from([1])])),
  );
  return der(
    0xa3,
    sequence(
      extension('2.5.29.19', true, sequence(der(0x01, Buffer.from([0xff])))),
      extension('2.5.29.15', true, der(0x03, Buffer.from([2, 0xa4]))),
      extension('2.5.29.37', false, sequence(identifier('1.3.6.1.5.5.7.3.1'))),
      extension('2.5.29.17', false, names),
    ),
  );
}

const day = 24 * 60 * 60 * 1000;

/** Makes a certificate that is valid for a year. */
export function makeCertificate(nowMs: number): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(identifier('1.2.840.10045.4.3.2'));
  const serial = randomBytes(16);
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40;
  const subject = name('tidegate-embedded-kubernetes');
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    subject,
    sequence(time(nowMs - day), time(nowMs + 365 * day)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    extensions(),
  );
  const signature = sign('sha256', signed, privateKey);
  const whole = sequence(signed, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
