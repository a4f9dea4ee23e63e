import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, FrameReader } from './frames.ts';

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 300 }))),
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
        (frames, cuts) => {
          const stream = Buffer.concat(
            frames.map(([message, payload], id) => encodeFrame({ id, message }, payload)),
          );
          const reader = new FrameReader();
          const read: unknown[] = [];
          for (let at = 0, turn = 0; at < stream.length; turn++) {
            const size = cuts[turn % cuts.length] ?? 1;
            for (const { header, payload } of reader.push(stream.subarray(at, at + size))) {
              read.push([header.id, header.message, Buffer.from(payload).toString('hex')]);
            }
            at += size;
          }
          expect(read).toEqual(
            frames.map(([message, payload], id): unknown[] => [
              id,
              JSON.parse(JSON.stringify(message)) as string,
              Buffer.from(payload).toString('hex'),
            ]),
          );
        },
      ),
    );
  });

  it.each([
    ['too large', Buffer.from([255, 255, 255, 255, 0, 0, 0, 0])],
    ['no JSON', Buffer.from([0, 0, 0, 2, 0, 0, 0, 0, 0x7b, 0x7b])],
  ])('are refused when they are %s', (_, bytes) => {
    expect(() => new FrameReader().push(bytes)).toThrow();
  });
});
