/** Fields that hold quantities, such as `500m` and `1Gi`. */
export const quantityFields: ReadonlySet<string> = new Set([
  'limits',
  'requests',
  'capacity',
  'allocatable',
  'hard',
  'used',
  'max',
  'min',
  'default',
  'defaultRequest',
  'maxLimitRequestRatio',
  'allocatedResources',
  'overhead',
  'sizeLimit',
  'divisor',
]);

const pattern = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E|[eE][+-]?\d+)?$/;
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal: readonly (readonly [string, number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
];

export function isQuantity(text: string): boolean {
  return pattern.test(text);
}

/** The value of a quantity as a number; NaN when it is none. */
export function quantityValue(text: string): number {
  const found = pattern.exec(text);
  if (found === null) return Number.NaN;
  const [, sign = '', digits = '', suffix = ''] = found;
  const power = binary.indexOf(suffix);
  const factor = power > 0 ? 1024 ** power : 10 ** decimalPower(suffix);
  return (sign === '-' ? -1 : 1) * Number(digits) * factor;
}

function decimalPower(suffix: string): number {
  if (/^[eE]/.test(suffix) && suffix.length > 1) return Number(suffix.slice(1));
  return decimal.find(([name]) => name === suffix)?.[1] ?? 0;
}

/** A quantity in the one way that Kubernetes writes it: whole numbers with the largest suffix that fits. */
export function normalizeQuantity(text: string): string {
  const found = pattern.exec(text);
  if (found === null) return text;
  const [, sign = '', digits = '', suffix = ''] = found;
  const minus = sign === '-' ? '-' : '';
  if (suffix.endsWith('i')) return minus + normalizeBinary(Number(digits), binary.indexOf(suffix));
  return minus + normalizeDecimal(digits, decimalPower(suffix));
}

function normalizeBinary(number: number, power: number): string {
  let bytes = number * 1024 ** power;
  let step = 0;
  if (!Number.isInteger(bytes)) bytes = Math.ceil(bytes);
  while (step < binary.length - 1 && bytes !== 0 && bytes % 1024 === 0) {
    bytes /= 1024;
    step += 1;
  }
  return `${bytes}${binary[step] ?? ''}`;
}

function normalizeDecimal(digits: string, power: number): string {
  const [whole = '', fraction = ''] = digits.split('.');
  let number = (whole + fraction).replace(/^0+/, '');
  let exponent = power - fraction.length;
  if (number === '') return '0';
  const zeros = /0*$/.exec(number)?.[0].length ?? 0;
  number = number.slice(0, number.length - zeros);
  exponent += zeros;
  while (exponent % 3 !== 0) {
    number += '0';
    exponent -= 1;
  }
  const suffix = decimal.find(([, at]) => at === exponent)?.[0];
  return suffix === undefined ? `${number}e${exponent}` : `${number}${suffix}`;
}
