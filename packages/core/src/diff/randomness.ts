/** Pairs of letters that make up five sixths of all pairs in English words and in names in code. */
const pairs =
  'abacadagaiakalamanaparasataubabebiblcacechcickclcocrctdadedidodueaecedefegeiekelemeneperes' +
  'etevexfafefifogegihahehoiaicidieifigiliminioirisitivizjekeklkoktlalelillloltlulymamemimomp' +
  'nancndnengninonsntnuobocodolomonoporosotouovowpapepiplpoprqurardrerirmrorrrsrtrusascseshsi' +
  'sospssstsutatethtitotrtstttutyueulumunurusutvaveviwawezazezi';

/** One flag for each two letters. */
const isCommon = new Uint8Array(26 * 26);
for (let at = 0; at < pairs.length; at += 2) {
  isCommon[(pairs.charCodeAt(at) - 97) * 26 + pairs.charCodeAt(at + 1) - 97] = 1;
}

const [lower, upper, digit, other] = [0, 1, 2, 3];

/** Kind of each ASCII character. */
const kinds = new Uint8Array(128).fill(other);
for (let code = 48; code <= 57; code += 1) kinds[code] = digit;
for (let code = 65; code <= 90; code += 1) kinds[code] = upper;
for (let code = 97; code <= 122; code += 1) kinds[code] = lower;

/** Fewer neighbours than this say nothing. */
const pairsMin = 10;
/** Fewer different characters than this are a pattern, such as a line of zeros. */
const distinctMin = 8;
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;

/**
 * Whether a run of letters and digits looks as if drawn at random: few of its neighbouring characters
 * are a pair that words and names are made of. Names, paths, identifiers and UUIDs do not.
 */
export function looksRandom(run: string): boolean {
  const text = run.includes('-') ? run.replace(uuid, '-') : run;
  const { isWords, natural, all } = count(text);
  // Words with something between them are judged one by one.
  if (isWords) return text.split(/[-_/+]/).some((word) => word.length >= 20 && looksRandom(word));
  if (all < pairsMin || natural >= all * (all < 18 ? 0.36 : 0.42)) return false;
  return new Set(text).size >= distinctMin;
}

/** Whether a run of hexadecimal digits looks as if drawn at random. */
export function looksRandomHex(run: string): boolean {
  return new Set(run.toLowerCase()).size >= distinctMin && /\d/.test(run) && /[a-f]/i.test(run);
}

interface PairCount {
  /** Letters of one case with dashes, underscores or slashes between them. */
  readonly isWords: boolean;
  /** Of the pairs that say something, how many are usual in words. */
  readonly natural: number;
  readonly all: number;
}

function count(text: string): PairCount {
  let [natural, all, seen, last] = [0, 0, 0, other];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (kinds[code] ?? other) : other;
    seen |= 1 << kind;
    if (at > 0 && saysSomething(last, kind)) {
      all += 1;
      if (isUsual(text.charCodeAt(at - 1), text.charCodeAt(at))) natural += 1;
    }
    last = kind;
  }
  const isWords = seen === ((1 << lower) | (1 << other)) || seen === ((1 << upper) | (1 << other));
  return { isWords, natural, all };
}

/** Not beside a separator, not in a number, not where a next word begins. */
function saysSomething(before: number, after: number): boolean {
  if (before === other || after === other) return false;
  return !(before === digit && after === digit) && !(before === lower && after === upper);
}

/** Whether two neighbours are usual: a usual pair of letters, the same twice, or next in the alphabet. */
function isUsual(before: number, after: number): boolean {
  if (after === before || after === before + 1) return true;
  if (before < 65 || after < 65) return false;
  return isCommon[((before | 32) - 97) * 26 + (after | 32) - 97] === 1;
}
