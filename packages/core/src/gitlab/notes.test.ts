import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hasNoteMarker,
  isNoteMarker,
  isSameNote,
  noteCharacters,
  notesAnswer,
  noteText,
  retryAfterMs,
  type NotesMeaning,
} from './notes.ts';

const marker = '<!-- tidegate:diff -->';

describe('markers', () => {
  it.each([marker, '<!-- tidegate:diff-live env=prod -->', '<!-- a -->'])('may be %j', (text) => {
    expect(isNoteMarker(text)).toBe(true);
  });

  it.each(['', 'x', '<!-- -->', '<!---->', `${marker} `, ` ${marker}`, `${marker}${marker}`])(
    'may not be %j',
    (text) => {
      expect(isNoteMarker(text)).toBe(false);
    },
  );

  it.each(['<!-- a -- b -->', '<!-- a --> b -->', '<!-- a\nb -->', `<!-- ${'a '.repeat(5_000)}`])(
    'may not be a comment that ends elsewhere: %j',
    (text) => {
      expect(isNoteMarker(text)).toBe(false);
    },
  );

  it('are found in what was made with them, and in nothing that only holds it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (body) => {
        const text = noteText({ marker, body });

        expect(hasNoteMarker(text, marker)).toBe(true);
        expect(hasNoteMarker(noteText({ marker: '<!-- other -->', body: text }), marker)).toBe(
          false,
        );
        expect(isSameNote(text, `${text}\r\n`)).toBe(true);
      }),
    );
  });
});

describe('noteCharacters', () => {
  it.each([
    ['', 0],
    ['aä\n', 3],
    ['\u{1f30a}', 1],
    ['\ud83c x', 3],
    ['e\u0301', 2],
  ])('of %j are %d', (text, count) => {
    expect(noteCharacters(text)).toBe(count);
  });
});

describe('notesAnswer', () => {
  it.each<[number, NotesMeaning]>([
    [200, 'done'],
    [201, 'done'],
    [202, 'noNote'],
    [302, 'redirected'],
    [400, 'rejected'],
    [401, 'unauthorized'],
    [403, 'forbidden'],
    [404, 'missing'],
    [405, 'rejected'],
    [408, 'failing'],
    [409, 'rejected'],
    [413, 'tooLong'],
    [422, 'rejected'],
    [429, 'busy'],
    [500, 'failing'],
    [502, 'failing'],
    [599, 'failing'],
  ])('of status %d means %s', (status, meaning) => {
    expect(notesAnswer(status, '<html>')).toEqual({ meaning, message: undefined });
  });

  it.each<[string, string | undefined]>([
    ['{"message":"401 Unauthorized"}', '401 Unauthorized'],
    ['{"error":"body is missing"}', 'body is missing'],
    ['{"error":"insufficient_scope","error_description":"More."}', 'insufficient_scope: More.'],
    ['{"message":{"error":"Too many."}}', 'error Too many.'],
    ['{"message":{"note":["is a","is b"],"base":["c"]}}', 'note is a, is b; base c'],
    ['{"message":["a","b"]}', 'a, b'],
    ['{"message":" a\\n\\u0000\\u202e b "}', 'a b'],
    ['{"message":{"a":{"b":{"c":{"d":"deep"}}}}}', 'a b c'],
    ['{"message":7}', undefined],
    ['{"message":""}', undefined],
    ['[]', undefined],
    ['null', undefined],
    ['', undefined],
  ])('of body %s says %j', (body, message) => {
    expect(notesAnswer(400, body).message).toBe(message);
  });

  it('finds a text too long by what GitLab says', () => {
    const body = '{"message":"400 Bad request - Note {:note=>[\\"is too long (maximum is 9)\\"]}"}';

    expect(notesAnswer(400, body).meaning).toBe('tooLong');
  });

  it('takes any body', () => {
    fc.assert(
      fc.property(fc.nat(599), fc.oneof(fc.string(), fc.json()), (status, body) => {
        expect((notesAnswer(status, body).message ?? '').length).toBeLessThanOrEqual(303);
      }),
    );
  });
});

describe('retryAfterMs', () => {
  const nowMs = Date.UTC(2030, 0, 1);

  it.each([
    ['0', 0],
    [' 60 ', 60_000],
    ['Tue, 01 Jan 2030 00:00:05 GMT', 5_000],
    ['Mon, 31 Dec 2029 00:00:00 GMT', 0],
    ['-1', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['soon GMT', undefined],
    ['', undefined],
    [null, undefined],
  ])('of %j is %j', (header, expected) => {
    expect(retryAfterMs(header, nowMs)).toBe(expected);
  });
});
