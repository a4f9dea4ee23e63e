import { asArray, asObject, asString, type JsonObject, own } from '../json/value.ts';
import { oneOf } from '../validation/checks.ts';
import { type FieldError, invalidValue, required } from '../validation/field-error.ts';
import { checkExpression, type RuleTarget } from './cel-check.ts';

const reasons = [
  'FieldValueDuplicate',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueRequired',
];

/** Faults of the rules of a schema (Kubernetes apiextensions pkg/apis/apiextensions/validation). */
export function ruleFaults(schema: JsonObject, field: string, isRoot: boolean): FieldError[] {
  return asArray(schema['x-kubernetes-validations']).flatMap((entry, index) => {
    const rule = asObject(entry);
    const place = `${field}.x-kubernetes-validations[${index}]`;
    return [
      ...textFaults(schema, rule, place),
      ...compileFaults(rule, place, {
        schema,
        isRoot,
        optionalOldSelf: rule['optionalOldSelf'] === true,
      }),
    ];
  });
}

function textFaults(schema: JsonObject, rule: JsonObject, place: string): FieldError[] {
  const message = rule['message'];
  const faults: FieldError[] = [];
  if (asString(rule['rule']).trim() === '')
    faults.push(required(`${place}.rule`, 'rule is not specified'));
  if (typeof message === 'string' && message !== '' && message.trim() === '')
    faults.push(
      invalidValue(`${place}.message`, message, 'message must be non-empty if specified'),
    );
  else if (/[\n\r]/.test(asString(message)))
    faults.push(invalidValue(`${place}.message`, message ?? '', 'must not contain line breaks'));
  faults.push(...oneOf(`${place}.reason`, rule['reason'], reasons));
  const path = asString(rule['fieldPath']);
  if (path !== '' && !isPath(schema, path))
    faults.push(invalidValue(`${place}.fieldPath`, path, 'must be a valid path'));
  if (rule['optionalOldSelf'] === true && !/\boldSelf\b/.test(asString(rule['rule']))) {
    const why = 'may not be set if oldSelf is not used in rule';
    faults.push(invalidValue(`${place}.optionalOldSelf`, true, why));
  }
  return faults;
}

/** Whether a path such as `.a.b['c']` leads through the properties of a schema. */
function isPath(schema: JsonObject, path: string): boolean {
  if (!/^(\.[A-Za-z_][\w-]*|\['[^']+'\])+$/.test(path)) return false;
  const keys = [...path.matchAll(/\.([\w-]+)|\['([^']+)'\]/g)].map(
    ([, plain, quoted]) => plain ?? quoted ?? '',
  );
  let current: JsonObject | undefined = schema;
  for (const key of keys) {
    const property = own(asObject(current['properties']), key) ?? current['additionalProperties'];
    if (property === undefined) return false;
    current = asObject(property);
  }
  return true;
}

/** A rule as Go prints its struct. */
function shown(rule: JsonObject): JsonObject {
  return {
    Rule: rule['rule'] ?? '',
    Message: rule['message'] ?? '',
    MessageExpression: rule['messageExpression'] ?? '',
    Reason: rule['reason'] ?? null,
    FieldPath: rule['fieldPath'] ?? '',
    OptionalOldSelf: rule['optionalOldSelf'] ?? null,
  };
}

function compileFaults(rule: JsonObject, place: string, target: RuleTarget): FieldError[] {
  const text = asString(rule['rule']);
  if (text.trim() === '') return [];
  const checked = checkExpression(text, target);
  if ('fault' in checked)
    return [invalidValue(`${place}.rule`, shown(rule), `compilation failed: ${checked.fault}`)];
  const faults: FieldError[] = [];
  if (checked.type !== 'bool' && checked.type !== 'dyn') {
    const why = 'cel expression must evaluate to a bool';
    faults.push(invalidValue(`${place}.rule`, shown(rule), why));
  }
  return [...faults, ...messageFaults(rule, place, target)];
}

function messageFaults(rule: JsonObject, place: string, target: RuleTarget): FieldError[] {
  const text = asString(rule['messageExpression']);
  if (text === '') return [];
  const field = `${place}.messageExpression`;
  const checked = checkExpression(text, target);
  if ('fault' in checked)
    return [
      invalidValue(field, shown(rule), `messageExpression compilation failed: ${checked.fault}`),
    ];
  if (checked.type === 'string' || checked.type === 'dyn') return [];
  return [invalidValue(field, shown(rule), 'messageExpression must evaluate to a string')];
}
