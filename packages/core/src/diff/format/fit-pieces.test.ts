import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitPieces, joinPieces, type Piece } from './fit-pieces.ts';
import { countCharacters } from './visible-text.ts';

function piece(...forms: readonly string[]): Piece {
  return { forms: forms.map((form) => () => form) };
}

describe('fitPieces', () => {
  const pieces = [piece('aaaa', 'a'), piece('bbbb', 'bb', ''), piece('🎉🎉', '')];

  it('cuts nothing from what fits', () => {
    expect(joinPieces(pieces, fitPieces(pieces, [[{ piece: 0, form: 1 }]], 10))).toBe(
      'aaaabbbb🎉🎉',
    );
  });

  it('cuts in the given order, and no more than it has to', () => {
    const cuts = [[{ piece: 1, form: 1 }], [{ piece: 1, form: 2 }], [{ piece: 0, form: 1 }]];
    expect(joinPieces(pieces, fitPieces(pieces, cuts, 9))).toBe('aaaabb🎉🎉');
    expect(joinPieces(pieces, fitPieces(pieces, cuts, 6))).toBe('aaaa🎉🎉');
    expect(fitPieces(pieces, cuts, 1)).toEqual({ forms: [1, 2, 0], characters: 3 });
  });

  it('takes back the cuts for which there is room after all', () => {
    const uneven = [piece('aa', ''), piece('bb', ''), piece('c'.repeat(20), '')];
    const cuts = [[{ piece: 0, form: 1 }], [{ piece: 1, form: 1 }], [{ piece: 2, form: 1 }]];
    expect(joinPieces(uneven, fitPieces(uneven, cuts, 5))).toBe('aabb');
    expect(joinPieces(uneven, fitPieces(uneven, cuts, 3))).toBe('bb');
    expect(fitPieces(uneven, cuts, 3)).toEqual({ forms: [1, 0, 1], characters: 2 });
  });

  it('takes back only what was cut last from a piece', () => {
    const deep = [piece('a'.repeat(9), 'aaaa', ''), piece('bbbbbb', '')];
    const cuts = [[{ piece: 0, form: 1 }], [{ piece: 0, form: 2 }], [{ piece: 1, form: 1 }]];
    expect(joinPieces(deep, fitPieces(deep, cuts, 5))).toBe('aaaa');
    expect(joinPieces(deep, fitPieces(deep, cuts, 3))).toBe('');
  });

  it('passes over a cut that makes nothing shorter', () => {
    const longer = [piece('a', 'longer'), piece('bbb', '')];
    const cuts = [[{ piece: 0, form: 1 }], [{ piece: 1, form: 1 }]];
    expect(joinPieces(longer, fitPieces(longer, cuts, 1))).toBe('a');
  });

  it('makes all of one cut, or none of it', () => {
    const cut = [
      { piece: 0, form: 1 },
      { piece: 1, form: 2 },
    ];
    expect(fitPieces(pieces, [cut], 9).forms).toEqual([1, 2, 0]);
  });

  it('knows how long its text is', () => {
    const some = fc.array(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 3 }));
    fc.assert(
      fc.property(some, fc.nat(40), (all, max) => {
        const generated = all.map((forms) => piece(...forms));
        const cuts = all.flatMap((forms, index) =>
          forms.slice(1).map((_, form) => [{ piece: index, form: form + 1 }]),
        );
        const fit = fitPieces(generated, cuts, max);
        const length = joinPieces(generated, fit).length;
        expect(fit.characters).toBeLessThanOrEqual(length);
        const parts = generated.map((one, index) => one.forms[fit.forms[index] ?? 0]?.() ?? '');
        expect(fit.characters).toBe(parts.reduce((sum, part) => sum + countCharacters(part), 0));
      }),
    );
  });
});
