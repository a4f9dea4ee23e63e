import { builtins } from './builtins.ts';
import { anyFunction, intAt, textAt, textFunction, type GoFunction } from './go-function.ts';
import { GoInt, kindName, typeName, type GoValue } from './go-value.ts';
import { readYamlList, readYamlMap, writeYaml } from './go-yaml.ts';
import { sanitizeName, slugifyName } from '../names.ts';
import { dictFunctions } from './sprig/dicts.ts';
import { encodingFunctions } from './sprig/encodings.ts';
import { listFunctions } from './sprig/lists.ts';
import { numberFunctions } from './sprig/numbers.ts';
import { pathFunctions } from './sprig/paths.ts';
import { regexFunctions } from './sprig/regexes.ts';
import { stringFunctions } from './sprig/strings.ts';

/** What Argo CD adds. Source: applicationset/utils/utils.go and template_functions.go. */
const ownFunctions: Readonly<Record<string, GoFunction>> = {
  normalize: textFunction(1, sanitizeName),
  slugify: { parameters: [], rest: 'any', run: slugify },
  toYaml: anyFunction(1, (value) => writeYaml(value).replace(/\n$/, '')),
  fromYaml: textFunction(1, readYamlMap),
  fromYamlArray: textFunction(1, readYamlList),
};

/** All functions by name. Sprig's come before Go's own of the same name, such as `slice`. */
export const templateFunctions: ReadonlyMap<string, GoFunction> = new Map(
  [
    builtins,
    stringFunctions,
    numberFunctions,
    listFunctions,
    dictFunctions,
    encodingFunctions,
    pathFunctions,
    regexFunctions,
    ownFunctions,
  ].flatMap((group) => Object.entries(group)),
);

/** Functions that Argo CD's templates have and that are refused here, and why. */
export const refusedFunctions: ReadonlyMap<string, string> = new Map([
  ...reasons('its result depends on the clock', [
    ...['ago', 'now', 'date', 'date_in_zone', 'date_modify', 'dateInZone', 'dateModify'],
    ...['must_date_modify', 'mustDateModify', 'htmlDate', 'htmlDateInZone'],
  ]),
  ...reasons('dates are not modelled', [
    ...['duration', 'durationRound', 'mustToDate', 'toDate', 'unixEpoch'],
  ]),
  ...reasons('its result is random', [
    ...['randAlphaNum', 'randAlpha', 'randAscii', 'randNumeric', 'randBytes', 'randInt'],
    ...['shuffle', 'uuidv4', 'bcrypt', 'htpasswd', 'genPrivateKey', 'buildCustomCert', 'genCA'],
    ...['genCAWithKey', 'genSelfSignedCert', 'genSelfSignedCertWithKey', 'genSignedCert'],
    ...['genSignedCertWithKey', 'encryptAES'],
  ]),
  ...reasons('it is not modelled', [
    ...['decryptAES', 'derivePassword', 'sha512sum', 'semver', 'semverCompare', 'call'],
    ...['add1f', 'addf', 'subf', 'divf', 'mulf', 'camelcase', 'kebabcase', 'snakecase'],
    ...['wrap', 'wrapWith'],
  ]),
]);

function reasons(why: string, names: readonly string[]): (readonly [string, string])[] {
  return names.map((name) => [name, why] as const);
}

/** `slugify [maximum length] [cut at words] name`. */
function slugify(args: readonly GoValue[]): GoValue {
  const options = args.slice(0, -1);
  const [size, smart] = options;
  if (size !== undefined && !(size instanceof GoInt && size.type === 'int')) {
    throw conversion(size, 'int');
  }
  if (smart !== undefined && typeof smart !== 'boolean') throw conversion(smart, 'bool');
  const name = args.at(-1);
  if (name !== undefined && typeof name !== 'string') throw conversion(name, 'string');
  return slugifyName(textAt([name], 0), {
    maximum: size === undefined ? 50 : intAt([size], 0),
    cutAtWords: smart ?? true,
  });
}

function conversion(value: GoValue, type: string): Error {
  const got = kindName(value) === 'invalid' ? 'nil' : typeName(value);
  return new Error(`interface conversion: interface {} is ${got}, not ${type}`);
}
