import { asArray, asObject, asString, type Json, type JsonObject, own } from '../json/value.ts';
import { badRequest } from '../status/status-error.ts';
import { labelValueFaults, qualifiedNameFaults } from '../validation/names.ts';

export type Operator = 'in' | 'notin' | '=' | '!=' | 'exists' | '!' | 'gt' | 'lt';
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}
export type LabelSelector = readonly Requirement[];

const special = new Set(['=', '!', '(', ')', ',', '>', '<']);
const symbols = new Set(['=', '==', '!=', '!', '(', ')', ',', '>', '<']);

interface Tokens {
  readonly list: readonly string[];
  position: number;
}

function tokenize(text: string): string[] {
  const out: string[] = [];
  for (let index = 0; index < text.length;) {
    const character = text[index] ?? '';
    if (/\s/.test(character)) {
      index += 1;
      continue;
    }
    let end = index + 1;
    if (special.has(character)) {
      while (end < text.length && symbols.has(text.slice(index, end + 1))) end += 1;
    } else {
      while (end < text.length && !special.has(text[end] ?? '') && !/\s/.test(text[end] ?? ''))
        end += 1;
    }
    out.push(text.slice(index, end));
    index = end;
  }
  return out;
}

function peek(tokens: Tokens): string {
  return tokens.list[tokens.position] ?? '';
}

function next(tokens: Tokens): string {
  const token = peek(tokens);
  tokens.position += 1;
  return token;
}

function isWord(token: string): boolean {
  return token !== '' && !symbols.has(token);
}

/** Reads a label selector as kubectl and clients write it; fails in the words of Kubernetes' parser. */
export function parseLabelSelector(text: string): LabelSelector {
  const tokens: Tokens = { list: tokenize(text), position: 0 };
  const requirements: Requirement[] = [];
  while (peek(tokens) !== '') {
    const token = peek(tokens);
    if (!isWord(token) && token !== '!') {
      throw badRequest(`found '${token}', expected: !, identifier, or 'end of string'`);
    }
    requirements.push(parseRequirement(tokens));
    const after = next(tokens);
    if (after === '') break;
    if (after !== ',') throw badRequest(`found '${after}', expected: ',' or 'end of string'`);
    if (!isWord(peek(tokens)) && peek(tokens) !== '!') {
      throw badRequest(`found '${peek(tokens)}', expected: identifier after ','`);
    }
  }
  return requirements;
}

function unparsable(what: string): Error {
  return badRequest(`unable to parse requirement: ${what}`);
}

function parseRequirement(tokens: Tokens): Requirement {
  let negated = false;
  if (peek(tokens) === '!') {
    next(tokens);
    negated = true;
  }
  const key = next(tokens);
  if (!isWord(key)) throw unparsable(`found '${key}', expected: identifier`);
  const fault = qualifiedNameFaults(key)[0];
  if (fault !== undefined)
    throw unparsable(`<nil>: Invalid value: ${JSON.stringify(key)}: ${fault}`);
  const following = peek(tokens);
  if (negated || following === '' || following === ',') {
    return { key, operator: negated ? '!' : 'exists', values: [] };
  }
  return parseOperation(tokens, key);
}

function parseOperation(tokens: Tokens, key: string): Requirement {
  const token = next(tokens);
  if (token === '!=') return checked({ key, operator: '!=', values: [parseExact(tokens)] });
  switch (token) {
    case '=':
    case '==':
      return checked({ key, operator: '=', values: [parseExact(tokens)] });
    case '>':
    case 'gt':
      return comparison(key, 'gt', parseExact(tokens));
    case '<':
    case 'lt':
      return comparison(key, 'lt', parseExact(tokens));
    case 'in':
    case 'notin':
      return checked({ key, operator: token, values: parseValues(tokens) });
    default:
      throw unparsable(`found '${token}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

function comparison(key: string, operator: 'gt' | 'lt', value: string): Requirement {
  if (!/^[+-]?\d+$/.test(value)) {
    throw unparsable(
      `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
    );
  }
  return { key, operator, values: [value] };
}

function checked(requirement: Requirement): Requirement {
  requirement.values.forEach((value, index) => {
    const fault = labelValueFaults(value)[0];
    if (fault === undefined) return;
    throw unparsable(
      `values[${index}][${requirement.key}]: Invalid value: ${JSON.stringify(value)}: ${fault}`,
    );
  });
  return requirement;
}

function parseExact(tokens: Tokens): string {
  const token = peek(tokens);
  if (token === '' || token === ',') return '';
  next(tokens);
  if (!isWord(token)) throw unparsable(`found '${token}', expected: identifier`);
  return token;
}

function parseValues(tokens: Tokens): string[] {
  const open = next(tokens);
  if (open !== '(') throw unparsable(`found '${open}' expected: '('`);
  const values: string[] = [];
  if (peek(tokens) === ')') {
    next(tokens);
    return [''];
  }
  for (;;) {
    const token = next(tokens);
    if (isWord(token)) {
      values.push(token);
      const after = next(tokens);
      if (after === ')') return values;
      if (after !== ',') throw unparsable(`found '${after}', expected: ',' or ')'`);
    } else if (token === ',') {
      values.push('');
    } else if (token === ')') {
      return [...values, ''];
    } else {
      throw unparsable(`found '${token}', expected: ',', or identifier`);
    }
  }
}

/** Whether labels meet all requirements of a selector. */
export function matchesLabels(selector: LabelSelector, labels: JsonObject): boolean {
  return selector.every((requirement) => meets(requirement, own(labels, requirement.key)));
}

/** Requirements that objects without the key meet. */
const withoutKey: ReadonlySet<Operator> = new Set<Operator>(['!', '!=', 'notin']);

function meets({ operator, values }: Requirement, found: Json | undefined): boolean {
  if (typeof found !== 'string') return withoutKey.has(operator);
  switch (operator) {
    case 'exists':
      return true;
    case '!':
      return false;
    case '=':
    case 'in':
      return values.includes(found);
    case '!=':
    case 'notin':
      return !values.includes(found);
    case 'gt':
    case 'lt':
      return compares(operator, found, values[0] ?? '');
  }
}

function compares(operator: 'gt' | 'lt', found: string, value: string): boolean {
  if (!/^[+-]?\d+$/.test(found)) return false;
  return operator === 'gt' ? Number(found) > Number(value) : Number(found) < Number(value);
}

const operators: Readonly<Record<string, Operator>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: '!',
};

/** The selector of an object's field with `matchLabels` and `matchExpressions`. */
export function selectorOf(field: Json | undefined): LabelSelector {
  const selector = asObject(field);
  const equals = Object.entries(asObject(selector['matchLabels'])).map(
    ([key, value]): Requirement => ({ key, operator: '=', values: [asString(value)] }),
  );
  const expressions = asArray(selector['matchExpressions']).map((entry): Requirement => {
    const expression = asObject(entry);
    return {
      key: asString(expression['key']),
      operator: operators[asString(expression['operator'])] ?? 'exists',
      values: asArray(expression['values']).map(asString),
    };
  });
  return [...equals, ...expressions];
}

/** A selector as text, such as `app=web,tier in (a,b)`. */
export function formatSelector(selector: LabelSelector): string {
  return selector.map(formatRequirement).sort().join(',');
}

function formatRequirement(requirement: Requirement): string {
  const { key, operator, values } = requirement;
  switch (operator) {
    case 'exists':
      return key;
    case '!':
      return `!${key}`;
    case 'in':
    case 'notin':
      return `${key} ${operator} (${[...values].sort().join(',')})`;
    case 'gt':
      return `${key}>${values[0] ?? ''}`;
    case 'lt':
      return `${key}<${values[0] ?? ''}`;
    case '=':
    case '!=':
      return `${key}${operator}${values[0] ?? ''}`;
  }
}
