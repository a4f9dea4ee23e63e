import type { Environment } from '@marcbachmann/cel-js';
import { formatAmount, parseAmount, type Amount } from '../admission/amounts.ts';
import { isAddress, isNetwork, networkRange } from '../validation/checks.ts';

/** The functions that Kubernetes adds to CEL (apiserver pkg/cel/library), as far as they are offered here. */
export function registerLibrary(target: Environment): void {
  registerStrings(target);
  registerLists(target);
  registerSets(target);
  registerQuantities(target);
  registerUrls(target);
  registerAddresses(target);
  registerVersions(target);
}

function registerStrings(target: Environment): void {
  target
    .registerFunction(
      'string.find(string): string',
      (text: string, pattern: string) => new RegExp(pattern).exec(text)?.[0] ?? '',
    )
    .registerFunction(
      'string.findAll(string): list<string>',
      (text: string, pattern: string) => text.match(new RegExp(pattern, 'g')) ?? [],
    )
    .registerFunction(
      'string.findAll(string, int): list<string>',
      (text: string, pattern: string, count: bigint) => {
        const found = text.match(new RegExp(pattern, 'g')) ?? [];
        return count < 0n ? found : found.slice(0, Number(count));
      },
    )
    .registerFunction('string.charAt(int): string', (text: string, index: bigint) => {
      const place = Number(index);
      const characters = [...text];
      if (place < 0 || place > characters.length) throw new Error(`index out of range: ${index}`);
      return characters[place] ?? '';
    })
    .registerFunction(
      'string.replace(string, string): string',
      (text: string, from: string, to: string) => text.split(from).join(to),
    )
    .registerFunction(
      'string.replace(string, string, int): string',
      (text: string, ...[from, to, count]: [string, string, bigint]) => {
        const parts = text.split(from);
        const cut = count < 0n ? parts.length : Number(count);
        return [parts.slice(0, cut + 1).join(to), ...parts.slice(cut + 1)].join(from);
      },
    )
    .registerFunction('string.format(list): string', format);
}

/** `%s`, `%d`, `%f`, `%x` and the others of CEL's formatting. */
function format(text: string, values: readonly unknown[]): string {
  let next = 0;
  return text.replace(
    /%(?:\.(\d+))?([sdfexXob%])/g,
    (_, digits: string | undefined, kind: string) => {
      if (kind === '%') return '%';
      const value = values[next];
      next += 1;
      switch (kind) {
        case 'f':
          return Number(value).toFixed(Number(digits ?? 6));
        case 'e':
          return Number(value).toExponential(Number(digits ?? 6));
        case 'x':
          return BigInt(value as bigint).toString(16);
        case 'X':
          return BigInt(value as bigint)
            .toString(16)
            .toUpperCase();
        case 'o':
          return BigInt(value as bigint).toString(8);
        case 'b':
          return typeof value === 'boolean'
            ? String(Number(value))
            : BigInt(value as bigint).toString(2);
        default:
          return shown(value);
      }
    },
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{${Object.entries(value)
      .map(([key, entry]) => `${key}: ${shown(entry)}`)
      .join(', ')}}`;
  return String(value);
}

type Ordered = bigint | string | number;

function extreme(
  list: readonly Ordered[],
  word: string,
  isBetter: (a: Ordered, b: Ordered) => boolean,
): Ordered {
  const [first, ...rest] = list;
  if (first === undefined) throw new Error(`${word} called on empty list`);
  return rest.reduce((best, entry) => (isBetter(entry, best) ? entry : best), first);
}

/** Whether two values of CEL are equal. */
export function celEqual(left: unknown, right: unknown): boolean {
  if (Object.is(left, right)) return true;
  if (Array.isArray(left) && Array.isArray(right))
    return (
      left.length === right.length && left.every((entry, index) => celEqual(entry, right[index]))
    );
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject(left) || !isObject(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && celEqual(left[key], right[key]))
  );
}

function registerLists(target: Environment): void {
  target
    .registerFunction('list.isSorted(): bool', (list: readonly Ordered[]) =>
      list.every((entry, index) => index === 0 || (list[index - 1] ?? entry) <= entry),
    )
    .registerFunction('list.sum(): dyn', (list: readonly (bigint | number)[]) =>
      list.every((entry) => typeof entry === 'bigint')
        ? list.reduce((sum, entry) => sum + entry, 0n)
        : list.reduce<number>((sum, entry) => sum + Number(entry), 0),
    )
    .registerFunction('list.min(): dyn', (list: readonly Ordered[]) =>
      extreme(list, 'min', (a, b) => a < b),
    )
    .registerFunction('list.max(): dyn', (list: readonly Ordered[]) =>
      extreme(list, 'max', (a, b) => a > b),
    )
    .registerFunction('list.indexOf(dyn): int', (list: readonly unknown[], value: unknown) =>
      BigInt(list.findIndex((entry) => celEqual(entry, value))),
    )
    .registerFunction('list.lastIndexOf(dyn): int', (list: readonly unknown[], value: unknown) =>
      BigInt(list.findLastIndex((entry) => celEqual(entry, value))),
    )
    .registerFunction(
      'list.slice(int, int): list',
      (list: readonly unknown[], from: bigint, to: bigint) => {
        const [start, end] = [Number(from), Number(to)];
        if (start < 0 || end < start || end > list.length)
          throw new Error(`cannot slice(${from}, ${to}), list is length ${list.length}`);
        return list.slice(start, end);
      },
    )
    .registerFunction('list.flatten(): list', (list: readonly unknown[]) => list.flat())
    .registerFunction('list.reverse(): list', (list: readonly unknown[]) => [...list].reverse())
    .registerFunction('list.sort(): list', (list: readonly Ordered[]) =>
      [...list].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    )
    .registerFunction('list.distinct(): list', (list: readonly unknown[]) =>
      list.filter((entry, index) => list.findIndex((other) => celEqual(other, entry)) === index),
    );
}

/** What stands for a group of functions, such as `sets` in `sets.contains(a, b)`. */
class Group {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

class Sets extends Group {}

function registerSets(target: Environment): void {
  const has = (list: readonly unknown[], value: unknown): boolean =>
    list.some((entry) => celEqual(entry, value));
  type Lists = readonly unknown[];
  const contains = (_: Sets, all: Lists, some: Lists): boolean =>
    some.every((entry) => has(all, entry));
  target
    .registerType('kubernetes.Sets', { ctor: Sets, fields: {} })
    .registerConstant('sets', 'kubernetes.Sets', new Sets('sets'))
    .registerFunction('kubernetes.Sets.contains(list, list): bool', contains)
    .registerFunction(
      'kubernetes.Sets.equivalent(list, list): bool',
      (group: Sets, a: Lists, b: Lists) => contains(group, a, b) && contains(group, b, a),
    )
    .registerFunction(
      'kubernetes.Sets.intersects(list, list): bool',
      (_: Sets, a: Lists, b: Lists) => b.some((entry) => has(a, entry)),
    );
}

class Quantity {
  readonly amount: Amount;
  constructor(amount: Amount) {
    this.amount = amount;
  }
}

const billion = 1_000_000_000n;

function registerQuantities(target: Environment): void {
  const parse = (text: string): Quantity => {
    const amount = parseAmount(text);
    if (amount === undefined)
      throw new Error(
        "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
      );
    return new Quantity(amount);
  };
  const compare = (a: Quantity, b: Quantity): bigint =>
    a.amount.nano > b.amount.nano ? 1n : a.amount.nano < b.amount.nano ? -1n : 0n;
  const plus = (a: Quantity, nano: bigint): Quantity =>
    new Quantity({ ...a.amount, nano: a.amount.nano + nano });
  const type = 'kubernetes.Quantity';
  target
    .registerType(type, { ctor: Quantity, fields: {} })
    .registerFunction(`quantity(string): ${type}`, parse)
    .registerFunction('isQuantity(string): bool', (text: string) => parseAmount(text) !== undefined)
    .registerFunction(`${type}.sign(): int`, ({ amount }: Quantity) =>
      amount.nano > 0n ? 1n : amount.nano < 0n ? -1n : 0n,
    )
    .registerFunction(
      `${type}.isInteger(): bool`,
      ({ amount }: Quantity) => amount.nano % billion === 0n,
    )
    .registerFunction(`${type}.asInteger(): int`, ({ amount }: Quantity) => {
      if (amount.nano % billion !== 0n) throw new Error('cannot convert value to integer');
      return amount.nano / billion;
    })
    .registerFunction(
      `${type}.asApproximateFloat(): double`,
      ({ amount }: Quantity) => Number(amount.nano) / 1e9,
    )
    .registerFunction(`${type}.add(${type}): ${type}`, (a: Quantity, b: Quantity) =>
      plus(a, b.amount.nano),
    )
    .registerFunction(`${type}.add(int): ${type}`, (a: Quantity, b: bigint) => plus(a, b * billion))
    .registerFunction(`${type}.sub(${type}): ${type}`, (a: Quantity, b: Quantity) =>
      plus(a, -b.amount.nano),
    )
    .registerFunction(`${type}.sub(int): ${type}`, (a: Quantity, b: bigint) =>
      plus(a, -b * billion),
    )
    .registerFunction(`${type}.compareTo(${type}): int`, compare)
    .registerFunction(
      `${type}.isGreaterThan(${type}): bool`,
      (a: Quantity, b: Quantity) => compare(a, b) > 0n,
    )
    .registerFunction(
      `${type}.isLessThan(${type}): bool`,
      (a: Quantity, b: Quantity) => compare(a, b) < 0n,
    )
    .registerOperator(`${type} == ${type}`, (a: Quantity, b: Quantity) => compare(a, b) === 0n)
    .registerFunction(`string(${type}): string`, ({ amount }: Quantity) => formatAmount(amount));
}

const urlPattern = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/;

class Url {
  readonly parts: readonly string[];
  constructor(text: string) {
    this.parts = (urlPattern.exec(text) ?? []).slice(1).map((part) => part ?? '');
  }
}

function isUrl(text: string): boolean {
  return /^[a-zA-Z][a-zA-Z0-9+.-]*:\S+$|^\/\S*$/.test(text);
}

function registerUrls(target: Environment): void {
  const type = 'kubernetes.URL';
  const host = ({ parts }: Url): string => (parts[1] ?? '').replace(/^.*@/, '');
  const hostPattern = /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/;
  target
    .registerType(type, { ctor: Url, fields: {} })
    .registerFunction(`url(string): ${type}`, (text: string) => {
      if (!isUrl(text))
        throw new Error(
          `URL parse error during conversion from string: parse "${text}": invalid URI for request`,
        );
      return new Url(text);
    })
    .registerFunction('isURL(string): bool', isUrl)
    .registerFunction(`${type}.getScheme(): string`, ({ parts }: Url) => parts[0] ?? '')
    .registerFunction(`${type}.getHost(): string`, host)
    .registerFunction(`${type}.getHostname(): string`, (url: Url) =>
      (hostPattern.exec(host(url))?.[1] ?? '').replace(/^\[|\]$/g, ''),
    )
    .registerFunction(
      `${type}.getPort(): string`,
      (url: Url) => hostPattern.exec(host(url))?.[2] ?? '',
    )
    .registerFunction(`${type}.getEscapedPath(): string`, ({ parts }: Url) => parts[2] ?? '')
    .registerFunction(`${type}.getQuery(): map<string, list<string>>`, ({ parts }: Url) => {
      const out: Record<string, string[]> = {};
      for (const pair of (parts[3] ?? '').split('&')) {
        if (pair === '') continue;
        const [key = '', value = ''] = pair.split('=').map(decodeURIComponent);
        (out[key] ??= []).push(value);
      }
      return out;
    });
}

class Address {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

class Network {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function registerAddresses(target: Environment): void {
  const ip = 'kubernetes.IP';
  const cidr = 'kubernetes.CIDR';
  const parse = (text: string): Address => {
    if (!isAddress(text))
      throw new Error(`IP Address "${text}" parse error during conversion from string`);
    return new Address(text);
  };
  const network = (text: string): Network => {
    if (!isNetwork(text))
      throw new Error('network address parse error during conversion from string');
    return new Network(text);
  };
  const family = ({ text }: Address): bigint => (text.includes(':') ? 6n : 4n);
  const inside = (outer: string, inner: string): boolean => {
    const [large, small] = [networkRange(outer), networkRange(inner)];
    return (
      large !== undefined && small !== undefined && small[0] >= large[0] && small[1] <= large[1]
    );
  };
  target
    .registerType(ip, { ctor: Address, fields: {} })
    .registerType(cidr, { ctor: Network, fields: {} })
    .registerFunction(`ip(string): ${ip}`, parse)
    .registerFunction('isIP(string): bool', isAddress)
    .registerFunction(`${ip}.family(): int`, family)
    .registerFunction(
      `${ip}.isLoopback(): bool`,
      ({ text }: Address) => text === '::1' || text.startsWith('127.'),
    )
    .registerFunction(`${ip}.isUnspecified(): bool`, ({ text }: Address) =>
      ['0.0.0.0', '::'].includes(text),
    )
    .registerFunction(`string(${ip}): string`, ({ text }: Address) => text)
    .registerOperator(`${ip} == ${ip}`, (a: Address, b: Address) => a.text === b.text)
    .registerFunction(`cidr(string): ${cidr}`, network)
    .registerFunction('isCIDR(string): bool', isNetwork)
    .registerFunction(`${cidr}.containsIP(string): bool`, ({ text }: Network, other: string) =>
      inside(text, `${parse(other).text}/32`),
    )
    .registerFunction(`${cidr}.containsIP(${ip}): bool`, ({ text }: Network, other: Address) =>
      inside(text, `${other.text}/32`),
    )
    .registerFunction(`${cidr}.containsCIDR(string): bool`, ({ text }: Network, other: string) =>
      inside(text, network(other).text),
    )
    .registerFunction(`${cidr}.containsCIDR(${cidr}): bool`, ({ text }: Network, other: Network) =>
      inside(text, other.text),
    )
    .registerFunction(
      `${cidr}.ip(): ${ip}`,
      ({ text }: Network) => new Address(text.split('/')[0] ?? ''),
    )
    .registerFunction(`${cidr}.prefixLength(): int`, ({ text }: Network) =>
      BigInt(text.split('/')[1] ?? '0'),
    )
    .registerFunction(`string(${cidr}): string`, ({ text }: Network) => text);
}

class Version {
  readonly numbers: readonly bigint[];
  readonly pre: readonly string[];
  constructor(numbers: readonly bigint[], pre: readonly string[]) {
    this.numbers = numbers;
    this.pre = pre;
  }
}

const versionPattern =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

function readVersion(text: string): Version | undefined {
  const found = versionPattern.exec(text);
  if (found === null) return undefined;
  return new Version(found.slice(1, 4).map(BigInt), found[4]?.split('.') ?? []);
}

function compareVersions(a: Version, b: Version): bigint {
  for (const [index, number] of a.numbers.entries()) {
    const other = b.numbers[index] ?? 0n;
    if (number !== other) return number > other ? 1n : -1n;
  }
  if (a.pre.length === 0 || b.pre.length === 0)
    return BigInt(Number(a.pre.length === 0) - Number(b.pre.length === 0));
  for (const [index, part] of a.pre.entries()) {
    const other = b.pre[index];
    if (other === undefined) return 1n;
    if (part !== other) return comparePre(part, other);
  }
  return a.pre.length === b.pre.length ? 0n : -1n;
}

function comparePre(part: string, other: string): bigint {
  const [isNumber, isOther] = [/^\d+$/.test(part), /^\d+$/.test(other)];
  if (isNumber && isOther) return BigInt(part) > BigInt(other) ? 1n : -1n;
  if (isNumber !== isOther) return isNumber ? -1n : 1n;
  return part > other ? 1n : -1n;
}

function registerVersions(target: Environment): void {
  const type = 'kubernetes.Semver';
  target
    .registerType(type, { ctor: Version, fields: {} })
    .registerFunction(`semver(string): ${type}`, (text: string) => {
      const version = readVersion(text);
      if (version === undefined) throw new Error(`No Major.Minor.Patch elements found`);
      return version;
    })
    .registerFunction('isSemver(string): bool', (text: string) => readVersion(text) !== undefined)
    .registerFunction(`${type}.major(): int`, ({ numbers }: Version) => numbers[0] ?? 0n)
    .registerFunction(`${type}.minor(): int`, ({ numbers }: Version) => numbers[1] ?? 0n)
    .registerFunction(`${type}.patch(): int`, ({ numbers }: Version) => numbers[2] ?? 0n)
    .registerFunction(`${type}.compareTo(${type}): int`, compareVersions)
    .registerFunction(
      `${type}.isGreaterThan(${type}): bool`,
      (a: Version, b: Version) => compareVersions(a, b) > 0n,
    )
    .registerFunction(
      `${type}.isLessThan(${type}): bool`,
      (a: Version, b: Version) => compareVersions(a, b) < 0n,
    )
    .registerOperator(
      `${type} == ${type}`,
      (a: Version, b: Version) => compareVersions(a, b) === 0n,
    );
}
